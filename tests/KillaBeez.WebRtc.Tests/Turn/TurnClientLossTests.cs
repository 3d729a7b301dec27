using KillaBeez.WebRtc.Tests.Ice;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.WebRtc.Tests.Turn;

public sealed class TurnClientLossTests
{
    /// <summary>Twenty peers over half an hour with a fifth of everything lost and nonces that go stale.</summary>
    [Fact]
    public void Allocation_OverALossyPath_LivesAndItsPeersAreNeverCutOff()
    {
        foreach (var seed in SeedSweep.Of(10))
        {
            var rig = new TurnRig(seed: seed) { Loss = 0.2 };
            rig.Server.GoodNonces = [];
            rig.Allocate();
            var peers = Enumerable.Range(1, 20).Select(i => TurnRig.Parse($"203.0.113.{i}:{7000 + i}")).ToArray();
            for (var round = 0; round < 360; round++)
            {
                rig.Server.Nonce = $"nonce {round / 40}";
                rig.Server.GoodNonces = [$"nonce {(round / 40) - 1}"];
                foreach (var peer in peers)
                {
                    _ = rig.Send(peer, "data");
                    rig.PeerSends(peer, "data");
                }

                rig.Run(seconds: 5);
            }

            Assert.True(rig.Client.State == TurnClientState.Allocated, $"seed {seed}: {rig.Client.Failure?.Reason}");
            Assert.True(rig.Events.Count == 1, $"seed {seed}");

            // What the server could not forward came in the moments before a binding's or permission's first answer.
            Assert.True(rig.Server.Unpermitted == 0, $"seed {seed}: {rig.Server.Unpermitted} not permitted");
            foreach (var peer in peers)
            {
                var sent = rig.Server.ToPeers.Count(to => to.Peer == peer);
                Assert.True(sent > 360 * 0.7, $"seed {seed}: only {sent} of 360 reached {peer}");
                Assert.True(rig.Server.ToPeers.FindLast(to => to.Peer == peer).OnChannel, $"seed {seed}: {peer} has no channel");
            }
        }
    }

    [Fact]
    public void Start_OverALossyPath_Allocates()
    {
        foreach (var seed in SeedSweep.Of(200))
        {
            var rig = new TurnRig(seed: seed) { Loss = 0.4 };
            rig.Start();
            rig.RunUntil(() => rig.Client.State != TurnClientState.Allocating, seconds: 100);
            Assert.True(rig.Client.State == TurnClientState.Allocated || rig.Client.Failure!.Code is null, $"seed {seed}");
        }
    }
}
