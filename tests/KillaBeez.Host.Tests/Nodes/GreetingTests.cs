using System.IO.Pipelines;
using KillaBeez.Cli.Nodes;
using KillaBeez.Tests;

namespace KillaBeez.Cli.Tests.Nodes;

public sealed class GreetingTests
{
    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private static (Duplex Greeter, Duplex Greeted) Pair()
    {
        var there = new Pipe();
        var back = new Pipe();
        return (new Duplex(back.Reader, there.Writer), new Duplex(there.Reader, back.Writer));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(1_048_577)]
    public async Task Send_HonestPeer_IsVerified(int bodyBytes)
    {
        var (greeter, greeted) = Pair();
        using var bound = new CancellationTokenSource(Patience.Bound);

        var answering = Greeting.AnswerAsync(greeted, bound.Token);
        var error = await Greeting.SendAsync(greeter, bodyBytes, bound.Token);

        Assert.Null(error);
        Assert.Equal(bodyBytes, await answering);
    }

    [Theory]
    [InlineData(0, "instead of 32")]
    [InlineData(31, "instead of 32")]
    [InlineData(32, "not the hash")]
    [InlineData(33, "more than 32")]
    public async Task Send_AnswerIsNotTheHash_SaysSo(int answerBytes, string expected)
    {
        var (greeter, greeted) = Pair();
        using var bound = new CancellationTokenSource(Patience.Bound);
        var sending = Greeting.SendAsync(greeter, 100, bound.Token);
        await greeted.Output.WriteAsync(new byte[answerBytes], bound.Token);
        await greeted.Output.CompleteAsync();

        Assert.Contains(expected, await sending, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_PeerStopsReading_SaysSo()
    {
        var (greeter, greeted) = Pair();
        using var bound = new CancellationTokenSource(Patience.Bound);
        await greeted.Input.CompleteAsync();

        Assert.Contains("stopped reading", await Greeting.SendAsync(greeter, 1_000_000, bound.Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_BodyBeyondTheLimit_GivesUp()
    {
        var (greeter, greeted) = Pair();
        using var bound = new CancellationTokenSource(Patience.Bound);
        var answering = Greeting.AnswerAsync(greeted, bound.Token);
        var chunk = new byte[1024 * 1024];
        for (var sent = 0L; sent <= Greeting.MaxBodyBytes && !answering.IsCompleted; sent += chunk.Length)
        {
            await greeter.Output.WriteAsync(chunk, bound.Token);
        }

        var e = await Assert.ThrowsAsync<KillaBeezException>(() => answering);
        Assert.Equal(KillaBeezError.LimitExceeded, e.Error);
    }
}
