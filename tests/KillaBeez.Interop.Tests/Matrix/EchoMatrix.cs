using KillaBeez.Interop.Tests.Agents;

namespace KillaBeez.Interop.Tests.Matrix;

/// <summary>Sends messages of every size and type over a channel and compares what comes back.</summary>
internal static class EchoMatrix
{
    /// <summary>The sizes around which stacks differ: nothing, one byte, one packet, one more, and large ones.</summary>
    private static readonly int[] Sizes = [0, 1, 1160, 1161, 16 * 1024, 64 * 1024];

    private const int MaxTries = 3;
    private static readonly TimeSpan LossyPatience = TimeSpan.FromSeconds(3);

    /// <summary>Runs all sizes up to the largest that both sides take, text and binary.</summary>
    /// <param name="channel">The channel, at whose other end an agent sends back what comes.</param>
    /// <param name="kind">What the channel is.</param>
    /// <param name="isApplicable">Which sizes to try.</param>
    /// <param name="largest">No larger message than this.</param>
    public static async Task<MatrixResult> RunAsync(LocalChannel channel, ChannelKind kind, Func<int, bool>? isApplicable = null, int? largest = null)
    {
        var result = new MatrixResult();
        var end = largest ?? channel.Raw.MaxMessageBytes;
        var sizes = Sizes.Where(size => size <= channel.Raw.MaxMessageBytes && isApplicable?.Invoke(size) != false);
        foreach (var size in sizes.Where(size => size <= end).Append(end).Distinct())
        {
            foreach (var message in (LocalChannel.Message[])[Binary(size), Text(size)])
            {
                // One that hangs is enough to know; the rest would only take its time as well.
                var failure = result.Failures.Count > 0 ? "not tried" : await TryAsync(channel, kind, message);
                result.Add(failure is null ? null : $"channel '{channel.Label}', {message}: {failure}");
            }
        }

        return result;
    }

    private static async Task<string?> TryAsync(LocalChannel channel, ChannelKind kind, LocalChannel.Message message)
    {
        // Where loss is allowed, three lost in a row on loopback are not loss.
        var tries = kind.MayLose ? MaxTries : 1;
        for (var i = 1; ; i++)
        {
            try
            {
                using var bound = new CancellationTokenSource(PeerAgent.Patience);
                await channel.SendAsync(message, bound.Token);
                var echo = await channel.NextAsync(kind.MayLose ? LossyPatience : PeerAgent.Patience);
                return echo.IsSame(message) ? null : $"came back as {echo}{(echo.IsText == message.IsText && echo.Payload.Length == message.Payload.Length ? " with other content" : "")}";
            }
            catch (TimeoutException) when (i < tries)
            {
                channel.DropReceived();
            }
            catch (Exception e) when (e is TimeoutException or KillaBeezException or OperationCanceledException)
            {
                return e.Message;
            }
        }
    }

    private static LocalChannel.Message Binary(int size)
    {
        var payload = new byte[size];
        new SeededRandomSource((ulong)size).Fill(payload);
        return new LocalChannel.Message(payload, IsText: false);
    }

    /// <summary>Text that is not all ASCII, and whose length is counted in bytes.</summary>
    private static LocalChannel.Message Text(int size)
    {
        var payload = new byte[size];
        for (var i = 0; i < size; i++)
        {
            payload[i] = (byte)('a' + (i % 26));
        }

        if (size >= 8)
        {
            "ä€😀"u8[..5].CopyTo(payload.AsSpan(size / 2));
        }

        return new LocalChannel.Message(payload, IsText: true);
    }
}
