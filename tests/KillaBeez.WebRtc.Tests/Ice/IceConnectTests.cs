using KillaBeez.WebRtc.Ice;

namespace KillaBeez.WebRtc.Tests.Ice;

public sealed class IceConnectTests
{
    [Fact]
    public void Agents_OnLosslessLan_ConnectInOneRoundTripAndComplete()
    {
        var network = new IceNetwork(seed: 1);
        var left = network.AddNode(null, IceConnections.LeftV4);
        var right = network.AddNode(null, IceConnections.RightV4);
        network.SignalFull(left, right, delayMs: 0);
        var start = network.Now;

        Assert.True(network.RunUntil(() => left.IsConnected && right.IsConnected, TimeSpan.FromSeconds(1)));
        Assert.Equal(TimeSpan.FromMilliseconds(2), network.Now - start);

        Assert.True(network.RunUntil(() => left.IsCompleted && right.IsCompleted, TimeSpan.FromSeconds(1)));
        Assert.Equal(Mirror(left.Agent.SelectedPath), right.Agent.SelectedPath);
        Assert.Equal([IceState.Checking, IceState.Connected, IceState.Completed], left.States);
        Assert.True(left.Agent.IsValidated(left.Agent.SelectedPath!.Value));
        Assert.Equal(TimeSpan.FromMilliseconds(2), left.Agent.RoundTripTime);
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public void Agents_WhateverSignallingFamilyAndLoss_AgreeOnOnePath(bool isTrickled, string families, double loss)
    {
        foreach (var seed in SeedSweep.Of(40))
        {
            var network = new IceNetwork(seed, loss, minDelayMs: 1, maxDelayMs: 60);
            var left = network.AddNode(null, IceConnections.Left(families));
            var right = network.AddNode(null, IceConnections.Right(families));
            if (isTrickled)
            {
                network.SignalTrickled(left, right, new SeededRandomSource(seed + 1000));
            }
            else
            {
                network.SignalFull(left, right);
            }

            var context = $"seed {seed}, trickled {isTrickled}, {families}, loss {loss}";
            Assert.True(network.RunUntil(() => left.IsCompleted && right.IsCompleted, TimeSpan.FromSeconds(60)), context);
            Assert.True(
                network.RunUntil(() => Mirror(left.Agent.SelectedPath) == right.Agent.SelectedPath, TimeSpan.FromSeconds(20)), context);
            Assert.DoesNotContain(IceState.Failed, left.States.Concat(right.States));
        }
    }

    public static TheoryData<bool, string, double> Combinations()
    {
        var data = new TheoryData<bool, string, double>();
        foreach (var isTrickled in new[] { false, true })
        {
            foreach (var families in new[] { "v4", "v6", "both" })
            {
                foreach (var loss in new[] { 0, 0.05, 0.15, 0.3 })
                {
                    data.Add(isTrickled, families, loss);
                }
            }
        }

        return data;
    }

    private static NetworkPath? Mirror(NetworkPath? path) => path is { } p ? new NetworkPath(p.Remote, p.Local) : null;
}
