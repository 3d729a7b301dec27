using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Fuzz.Tests.Stateful;

/// <summary>The session engine.</summary>
internal sealed class SessionTarget : StatefulTarget<SessionWorld>
{
    private const byte Data = (byte)SessionItemKind.Data - 1;
    private const byte Start = (byte)SessionItemKind.Start - 1;
    private const byte Ack = (byte)SessionItemKind.Ack - 1;
    private const byte Pull = (byte)SessionItemKind.Pull - 1;
    private const byte Fin = (byte)SessionItemKind.Fin - 1;
    private const byte Ping = (byte)SessionItemKind.Ping - 1;
    private const byte End = (byte)SessionItemKind.End - 1;
    private const byte Bye = (byte)SessionItemKind.Bye - 1;

    public override string Name => "session-engine";

    public override int Weight => 2;

    protected override SessionWorld Create(byte options) => new(options);

    public override IEnumerable<byte[]> Seeds()
    {
        for (byte options = 0; options < 2; options++)
        {
            foreach (var list in Lists())
            {
                yield return [options, .. list.ToArray()];
            }
        }
    }

    private static OperationList Connected() => new OperationList().Add(SessionOperation.Dial).Add(SessionOperation.Item, 0, Ack).Add(SessionOperation.Item, 0, Start);

    private static IEnumerable<OperationList> Lists()
    {
        yield return Connected().Repeat(5, l => l.Add(SessionOperation.Item, 0, Data, 0, 9)).Add(SessionOperation.Write, 0, 99).Add(SessionOperation.Item, 0, Ack).Add(SessionOperation.Deadline);
        yield return new OperationList().Add(SessionOperation.Answer).Add(SessionOperation.Item, 0, Ping).Add(SessionOperation.Write, 9, 9).Repeat(9, l => l.Add(SessionOperation.Deadline));
        yield return Connected().Add(SessionOperation.Item, 0, Data).Add(SessionOperation.Dial, 2).Add(SessionOperation.Item, 1, Ack).Add(SessionOperation.Item, 1, Start).Add(SessionOperation.Item, 1, Data).Add(SessionOperation.Use, 1).Add(SessionOperation.LinkClosed, 0);
        yield return Connected().Add(SessionOperation.LinkClosed).Add(SessionOperation.Write, 1, 0).Add(SessionOperation.Dial, 2).Add(SessionOperation.Item, 1, Pull).Add(SessionOperation.Deadline);
        yield return Connected().Add(SessionOperation.Item, 0, Fin).Add(SessionOperation.Close).Add(SessionOperation.Item, 0, Ack).Add(SessionOperation.Deadline);
        yield return Connected().Add(SessionOperation.Item, 0, End, 0, 0, 2).Add(SessionOperation.Dial, 9).Add(SessionOperation.Item, 1, Ack);
        yield return Connected().Add(SessionOperation.Item, 0, Bye, 0, 0, 1).Add(SessionOperation.Dial, 1).Add(SessionOperation.Item, 1, Ack).Add(SessionOperation.Dial, 1).Add(SessionOperation.Item, 2, Ack);
        yield return Connected().Repeat(20, l => l.Add(SessionOperation.Write, 0x40, 0)).Add(SessionOperation.Flood, 0, 0, 0, 40).Add(SessionOperation.Flood, 0, 1, 0, 40).Add(SessionOperation.Time, 0xFF, 0xFF);
        yield return Connected().Repeat(8, l => l.Add(SessionOperation.Dial, 1).Add(SessionOperation.Item, (byte)l.ToArray().Length, Ack)).Add(SessionOperation.Abort, 2);
        yield return Connected().Add(SessionOperation.Message, 0, 6, 1, 2, 3, 4, 5, 6, 7, 8, 4, 0, 1, 9).Add(SessionOperation.Leave, 0, 4).Add(SessionOperation.Probe).Add(SessionOperation.Dial, 0x42, 0, 0, 3, 0xFF);
    }
}
