using KillaBeez.Fuzz.Tests.Parsers;

namespace KillaBeez.Fuzz.Tests.Stateful;

/// <summary>The TURN client and the TURN server, against each other and against strangers.</summary>
internal sealed class TurnTarget : StatefulTarget<TurnWorld>
{
    public override string Name => "turn";

    public override IReadOnlyList<byte[]> Tokens => StunTargets.Words;

    protected override long AllocationBytesPerOperation => 256 * 1024;

    protected override TurnWorld Create(byte options) => new(options);

    public override IEnumerable<byte[]> Seeds()
    {
        for (byte options = 0; options < 8; options++)
        {
            foreach (var list in Lists())
            {
                yield return [options, .. list.ToArray()];
            }
        }
    }

    private static OperationList Allocated() => new OperationList().Add(TurnOperation.Start).Add(TurnOperation.Run);

    private static IEnumerable<OperationList> Lists()
    {
        yield return Allocated().Add(TurnOperation.Wrap, 0, 0, 99).Add(TurnOperation.Run).Add(TurnOperation.Wrap, 0, 0, 99).Add(TurnOperation.PeerDatagram, 0, 0, 0, 50).Add(TurnOperation.Run).Repeat(6, l => l.Add(TurnOperation.Deadline).Add(TurnOperation.Run));
        yield return Allocated().Add(TurnOperation.Wrap, 2, 0, 9).Add(TurnOperation.Run).Add(TurnOperation.Wrap, 3, 0, 9).Add(TurnOperation.Run).Add(TurnOperation.Close).Add(TurnOperation.Run);
        yield return new OperationList().Add(TurnOperation.Start).Add(TurnOperation.Deliver).Add(TurnOperation.Deliver).Add(TurnOperation.OpenRelays).Add(TurnOperation.Duplicate, 1).Add(TurnOperation.Deliver, 3);
        yield return new OperationList().Add(TurnOperation.Start).Add(TurnOperation.Deliver).Add(TurnOperation.Deliver).Add(TurnOperation.FailRelays).Add(TurnOperation.Run);
        yield return new OperationList().Add(TurnOperation.Start).Add(TurnOperation.Deliver).Add(TurnOperation.DeliverChanged, 0, 1, 0, 40, 1).Add(TurnOperation.Run).Add(TurnOperation.DeliverChanged, 1, 1, 0, 30, 1);
        yield return Allocated().Repeat(20, l => l.Add(TurnOperation.Wrap, 0, 3, 0).Add(TurnOperation.Run).Add(TurnOperation.PeerDatagram, 0, 0, 3, 0)).Add(TurnOperation.Run);
        yield return Allocated().Add(TurnOperation.Request, 1, 0).Add(TurnOperation.Request, 1, 1, 0, 1, 0x19, 4, 17, 0, 0, 0).Add(TurnOperation.Request, 2, 3, 1, 1, 0x12, 8, 0, 1, 1, 1, 1, 1, 1, 1).Add(TurnOperation.Request, 0, 5, 0, 1, 0x12, 8, 0, 1, 1, 1, 1, 1, 1, 1, 0x13, 2, 1, 2);
        yield return Allocated().Add(TurnOperation.RawToServer, 1, 0, 0x40, 0, 0, 4, 1, 2, 3, 4).Add(TurnOperation.RawToClient, 0, 0x40, 0, 0, 4, 1, 2, 3, 4).Add(TurnOperation.StreamOpened, 0x81).Add(TurnOperation.StreamClosed).Add(TurnOperation.Time, 0xFF, 0xFF);
        yield return new OperationList().Add(TurnOperation.Start).Repeat(9, l => l.Add(TurnOperation.Drop).Add(TurnOperation.Deadline));
    }
}
