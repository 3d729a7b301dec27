using KillaBeez.Fuzz.Tests.Parsers;
using KillaBeez.WebRtc.Sctp.Packet;

namespace KillaBeez.Fuzz.Tests.Stateful;

/// <summary>The engine of a peer connection.</summary>
internal sealed class PeerConnectionTarget : StatefulTarget<PeerConnectionWorld>
{
    public override string Name => "peer-connection";

    public override int Weight => 8;

    public override IReadOnlyList<byte[]> Tokens { get; } = [.. SctpTargets.Words, .. DescriptionTargets.SdpWords, .. DescriptionTargets.CandidateWords];

    /// <summary>Two engines, and a run of them makes datagrams of its own.</summary>
    protected override long AllocationBytes => 48 * 1024 * 1024;

    protected override long AllocationBytesPerOperation => 512 * 1024;

    protected override PeerConnectionWorld Create(byte options) => new(options);

    public override IEnumerable<byte[]> Seeds()
    {
        foreach (var options in new byte[] { 0, 1, 2, 4 })
        {
            foreach (var list in Lists())
            {
                yield return [options, .. list.ToArray()];
            }
        }
    }

    private static OperationList Connected(byte byPeer = 0) => new OperationList()
        .Add(ConnectionOperation.OpenChannel, 0)
        .Add(ConnectionOperation.Negotiate, byPeer)
        .Add(ConnectionOperation.Run, 2, 0);

    private static IEnumerable<OperationList> Lists()
    {
        yield return Connected().Add(ConnectionOperation.Send, 0, 0, 0, 99).Add(ConnectionOperation.Send, 1, 0, 9, 99).Add(ConnectionOperation.Run, 1, 0).Add(ConnectionOperation.CloseChannel, 0).Add(ConnectionOperation.Run, 2, 0);
        yield return Connected(1).Add(ConnectionOperation.OpenChannel, 1, 3).Add(ConnectionOperation.Run, 1, 0).Add(ConnectionOperation.Send, 1, 1, 40, 0).Add(ConnectionOperation.Drop, 1).Add(ConnectionOperation.Run, 9, 0).Add(ConnectionOperation.PeerClose).Add(ConnectionOperation.Run, 1, 0);
        yield return Connected().Add(ConnectionOperation.Send, 1, 0, 0, 200).Add(ConnectionOperation.DeliverChanged, 0, 1, 0, 0, 50, 1).Add(ConnectionOperation.Run, 1, 0);
        yield return Connected().Add(ConnectionOperation.Send, 1, 0, 0, 200).Add(ConnectionOperation.Run, 0, 9).Add(ConnectionOperation.ReplayRecord).Add(ConnectionOperation.FromStranger, 1).Add(ConnectionOperation.Run, 0, 99);
        yield return Connected().Add(ConnectionOperation.InjectChunk, PeerConnectionWorld.Chunk(ChunkType.Abort, 0)).Add(ConnectionOperation.Run, 0, 9);
        yield return Connected().Add(ConnectionOperation.InjectChunk, PeerConnectionWorld.Chunk(ChunkType.Data, 3, 0, 0, 0, 1, 0, 7, 0, 0, 0, 0, 0, 50, 3, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, (byte)'x')).Add(ConnectionOperation.Run, 0, 99);
        yield return Connected().Add(ConnectionOperation.InjectChunk, PeerConnectionWorld.Chunk(ChunkType.ReConfig, 0, 0, 13, 0, 18, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0)).Add(ConnectionOperation.Run, 0, 99);
        yield return Connected().Add(ConnectionOperation.RestartIce).Add(ConnectionOperation.Negotiate).Add(ConnectionOperation.Run, 4, 0).Add(ConnectionOperation.Close).Add(ConnectionOperation.Run, 1, 0);
        yield return Connected().Add(ConnectionOperation.Inject, 23, 0xFE, 0xFD, 0, 1).Add(ConnectionOperation.Inject, 22, 1).Add(ConnectionOperation.Inject, 21, 0).Add(ConnectionOperation.Inject, 0x80);
        yield return new OperationList().Add(ConnectionOperation.OfferChanged, 0, 60, 0).Add(ConnectionOperation.Answer).Add(ConnectionOperation.Run, 2, 0);
        yield return new OperationList().Add(ConnectionOperation.Offer).Add(ConnectionOperation.AnswerChanged, 0, 60, 0).Add(ConnectionOperation.Run, 2, 0).Add(ConnectionOperation.Candidate, [.. DescriptionTargets.Candidates().First()]);
        yield return new OperationList().Add(ConnectionOperation.Offer).Add(ConnectionOperation.OfferChanged, 0, 60, 0).Add(ConnectionOperation.Rollback).Add(ConnectionOperation.Negotiate, 1).Add(ConnectionOperation.Run, 2, 0);
        yield return new OperationList().Add(ConnectionOperation.Negotiate).Repeat(12, l => l.Add(ConnectionOperation.Deliver, 1).Add(ConnectionOperation.Deadline)).Add(ConnectionOperation.FromStranger, 2).Add(ConnectionOperation.Run, 9, 0);
        yield return Connected().Add(ConnectionOperation.Reading, 0).Repeat(9, l => l.Add(ConnectionOperation.Send, 1, 0, 0x7F, 0).Add(ConnectionOperation.Run, 0, 99)).Add(ConnectionOperation.Reading, 1).Add(ConnectionOperation.Run, 2, 0);
        yield return Connected().Add(ConnectionOperation.Time, 0x9C, 0x40).Repeat(30, l => l.Add(ConnectionOperation.Deadline));
    }
}
