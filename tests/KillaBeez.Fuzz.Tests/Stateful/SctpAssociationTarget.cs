using KillaBeez.Fuzz.Tests.Fuzzing;
using KillaBeez.Fuzz.Tests.Parsers;

namespace KillaBeez.Fuzz.Tests.Stateful;

/// <summary>The SCTP association under a peer that has its keys and no manners.</summary>
internal sealed class SctpAssociationTarget : StatefulTarget<SctpWorld>
{
    public override string Name => "sctp-association";

    public override int Weight => 8;

    public override IReadOnlyList<byte[]> Tokens => SctpTargets.Words;

    protected override SctpWorld Create(byte options) => new(options);

    public override IEnumerable<byte[]> Seeds()
    {
        foreach (var options in new byte[] { 0, 2, 4 + 2, 16, 32 + 1 })
        {
            foreach (var list in Lists())
            {
                yield return [options, .. list.ToArray()];
            }
        }

        foreach (var folder in new[] { "sctp/usrsctp-CORPUS_CONNECT", "sctp/usrsctp-CORPUS_FRAGMENT" })
        {
            foreach (var chunks in Vectors.Folder(folder).Where(chunks => chunks.Length is > 6 and < 600))
            {
                yield return [0, .. Established().Add(SctpOperation.RawChunk, [chunks[1], chunks[2], .. chunks[5..]]).Add(SctpOperation.Deadline).ToArray()];
            }
        }
    }

    private static OperationList Established(byte flags = 0) => new OperationList().Add(SctpOperation.Init, flags).Add(SctpOperation.CookieEcho);

    private static IEnumerable<OperationList> Lists()
    {
        yield return new OperationList().Add(SctpOperation.Connect).Add(SctpOperation.InitAck, 0, 0, 100).Add(SctpOperation.CookieAck).Add(SctpOperation.Send, 1, 0, 8, 0).Add(SctpOperation.Sack);
        yield return Established(4).Add(SctpOperation.Send, 1, 0, 40, 0).Add(SctpOperation.Sack, 0xFF, 0xF8, 0, 0, 0, 2, 0, 4).Add(SctpOperation.Sack).Add(SctpOperation.Deadline).Add(SctpOperation.Deadline);
        yield return Established().Repeat(20, l => l.Add(SctpOperation.Data)).Add(SctpOperation.Time, 0, 30);
        yield return Established().Add(SctpOperation.Data, 1, 0, 0, 0, 1, 0, 0, 2, 0).Add(SctpOperation.Data, 3, 0, 0, 0, 1, 0, 0, 2, 0).Add(SctpOperation.Data, 2, 0, 0, 0, 1, 0, 0, 2, 0);
        yield return Established().Add(SctpOperation.Data, 0, 0, 5).Add(SctpOperation.Data, 0, 0xFF, 0xFB).Add(SctpOperation.ForwardTsn, 0, 3, 0, 1, 0, 2).Add(SctpOperation.Data);
        yield return Established().Add(SctpOperation.Data).Add(SctpOperation.Reset, 0, 0, 0, 0, 0, 0, 0, 1).Add(SctpOperation.Reset, 0xFF, 0xFF, 0, 0, 0, 0, 0, 1);
        yield return Established().Add(SctpOperation.Send, 3, 0, 0, 9).Add(SctpOperation.Sack).Add(SctpOperation.ResetStream, 3).Add(SctpOperation.ResetResponse, 0, 0, 6).Add(SctpOperation.Deadline).Add(SctpOperation.ResetResponse, 0, 0, 1);
        yield return Established().Add(SctpOperation.Send, 1, 2, 20, 0, 1).Repeat(8, l => l.Add(SctpOperation.Deadline)).Add(SctpOperation.Sack);
        yield return Established().Add(SctpOperation.Send, 1, 4, 20, 0, 1, 0).Repeat(4, l => l.Add(SctpOperation.Deadline)).Add(SctpOperation.Sack);
        yield return Established().Add(SctpOperation.Send, 1, 0, 9, 9).Add(SctpOperation.LocalShutdown).Add(SctpOperation.Sack).Add(SctpOperation.EmptyChunk).Add(SctpOperation.Deadline);
        yield return Established().Add(SctpOperation.Shutdown).Add(SctpOperation.EmptyChunk, 1).Add(SctpOperation.Deadline);
        yield return Established().Add(SctpOperation.Reading, 0).Repeat(60, l => l.Add(SctpOperation.Data, 0, 0, 0, 0, 1, 0, 0, 7, 0)).Add(SctpOperation.Release, 9, 0).Add(SctpOperation.Reading, 1);
        yield return Established().Repeat(6, l => l.Add(SctpOperation.Burst, 2, 0, 2, 3, 0, 1)).Add(SctpOperation.Deadline);
        yield return Established().Add(SctpOperation.Bundle, 1).Add(SctpOperation.Data).Add(SctpOperation.Sack).Add(SctpOperation.Heartbeat, 0, 1, 2, 3, 4).Add(SctpOperation.Bundle, 0);
        yield return Established().Add(SctpOperation.Batch, 1).Repeat(9, l => l.Add(SctpOperation.Data)).Add(SctpOperation.Batch, 0);
        yield return Established().Add(SctpOperation.Init, 8).Add(SctpOperation.CookieEcho).Add(SctpOperation.Data);
        yield return Established().Add(SctpOperation.Reflect).Add(SctpOperation.Replay, 9).Add(SctpOperation.Abort, 1).Add(SctpOperation.Abort);
        yield return Established(0x80).Add(SctpOperation.IData, 0, 0, 0, 0, 1).Add(SctpOperation.IForwardTsn, 0, 2, 0, 1, 0, 0, 0, 0, 0, 1);
        yield return Established().Add(SctpOperation.Send, 1, 0, 78, 0).Repeat(12, l => l.Add(SctpOperation.Deadline));
        yield return Established().Repeat(12, l => l.Add(SctpOperation.Send, 1, 0, 64, 0).Add(SctpOperation.Sack).Add(SctpOperation.HeartbeatAnswer).Add(SctpOperation.Deadline)).Repeat(9, l => l.Add(SctpOperation.Deadline));
        yield return Established(0x80).Add(SctpOperation.IData, 0, 0, 0, 0, 1).Add(SctpOperation.IData, 1, 0, 0, 0, 1, 0, 1, 0, 51, 9).Add(SctpOperation.IData, 2, 0, 1, 0, 1, 0, 1, 0, 2, 9).Add(SctpOperation.IData, 2, 0xFF, 0xFE, 0, 1, 0, 1, 0, 1, 9).Add(SctpOperation.IForwardTsn, 0, 4, 0, 1, 0, 0, 0, 0, 0, 9);
        yield return Established(0x80).Repeat(6, l => l.Add(SctpOperation.Send, 1, 0, 20, 0).Add(SctpOperation.Send, 2, 0, 1, 0)).Add(SctpOperation.Connect, 1).Add(SctpOperation.Sack).Repeat(6, l => l.Add(SctpOperation.Deadline));
        yield return Established().Add(SctpOperation.RawChunk, 9, 0, 0, 3, 0, 8, 0, 0, 0, 0).Add(SctpOperation.RawChunk, 77, 0, 1, 2, 3).Add(SctpOperation.RawChunk, 0xC8, 0, 1);
    }
}
