using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Tx;
using KillaBeez.WebRtc.Tests.Sctp;

namespace KillaBeez.WebRtc.Tests.Hostile;

/// <summary>What the fuzzer found in the association, told as stories.</summary>
public sealed class SctpFindingTests
{
    [Fact]
    public void Reset_FollowedByAbortInOnePacket_DoesNotTouchWhatIsGone()
    {
        var peer = new ScriptedPeer(window: 1500).Establish();
        for (var i = 0; i < 20; i++)
        {
            peer.Association.Send(3, 53, new byte[5000], false, true, Reliability.Full);
        }

        peer.Poll();
        peer.Send(
            ScriptedPeer.Reset(peer.InitialTsn.Value, 0, peer.NextTsn.Previous, 3),
            ScriptedPeer.Raw(ChunkType.Abort, 0, []));

        // The data-channel layer answers the first event with a reset of its own, when all queues are cleared already.
        Assert.True(peer.Association.TryPollEvent(out var reset));
        Assert.Equal(SctpEventKind.IncomingStreamReset, reset.Kind);
        peer.Association.ResetStream(reset.StreamId, dropUnsent: true);
        Assert.True(peer.Association.TryPollEvent(out var closed));
        Assert.Equal(SctpCloseReason.RemoteAbort, closed.Reason);
        Assert.Empty(peer.Poll());
    }

    [Fact]
    public void ForwardTsn_ThatExposesBrokenFragments_LeavesNothingHeld()
    {
        var peer = new ScriptedPeer().Establish();
        var first = peer.NextTsn;

        // Two beginnings and no end: nobody can judge them before the gap in front is closed.
        peer.Send(ScriptedPeer.Data(first + 1, 1, 0, new byte[600], DataFlags.Begin));
        peer.Send(ScriptedPeer.Data(first + 2, 1, 1, new byte[600], DataFlags.Begin));
        peer.Send(ScriptedPeer.Data(first + 3, 1, 2, new byte[600], DataFlags.Begin));
        peer.Poll();
        Assert.Equal(3, peer.Association.HeldChunks);

        peer.Send(ScriptedPeer.ForwardTsn(first + 3));
        peer.Poll();
        Assert.Equal(SctpCloseReason.ProtocolViolation, peer.Association.CloseReason);
        Assert.Equal(0, peer.Association.HeldChunks);
        Assert.Equal(0, peer.Association.ReceiveOccupiedBytes);
    }
}
