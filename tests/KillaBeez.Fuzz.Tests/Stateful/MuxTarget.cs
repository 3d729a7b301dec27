namespace KillaBeez.Fuzz.Tests.Stateful;

/// <summary>The multiplexer.</summary>
internal sealed class MuxTarget : StatefulTarget<MuxWorld>
{
    public override string Name => "mux-engine";

    public override int Weight => 2;

    /// <summary>An event, a table entry and a buffer for each frame of twelve bytes.</summary>
    protected override long AllocationBytesPerFedByte => 128;

    protected override MuxWorld Create(byte options) => new(options);

    public override IEnumerable<byte[]> Seeds()
    {
        for (byte options = 0; options < 4; options++)
        {
            // The peer's substreams are even where ours are odd.
            var remote = (byte)(2 - (options & 1) == 1 ? 2 : 1);
            var local = (byte)(3 - remote);
            yield return [options, .. Opened(remote).Add(MuxOperation.Data, 0, remote, 1, 0, 0).Add(MuxOperation.Write, remote, 9, 0).Add(MuxOperation.CloseWrite, remote).Add(MuxOperation.Data, 4, remote).ToArray()];
            yield return [options, .. Opened(remote).Add(MuxOperation.Reading, 0).Repeat(8, l => l.Add(MuxOperation.Data, 0, remote, 0xF0, 0, 0)).Add(MuxOperation.Consume, remote, 0xFF, 0xFF).ToArray()];
            yield return [options, .. new OperationList().Add(MuxOperation.Open).Add(MuxOperation.Answer, local).Add(MuxOperation.Write, local, 0xFF, 0xFF).Add(MuxOperation.WindowUpdate, 0, local, 0, 1, 0, 0).Add(MuxOperation.Data, 4, local).ToArray()];
            yield return [options, .. new OperationList().Add(MuxOperation.Open).Add(MuxOperation.Answer, local, 1, 9).Add(MuxOperation.Open).Add(MuxOperation.Reset, (byte)(local + 2)).ToArray()];
            yield return [options, .. new OperationList().Add(MuxOperation.LocalPing).Add(MuxOperation.Ping, 1, 0, 0, 0, 0, 9).Add(MuxOperation.Ping, 2).Add(MuxOperation.GoAway).Add(MuxOperation.Open).ToArray()];
            yield return [options, .. new OperationList().Add(MuxOperation.Flood, 0, 0, 200, 0, remote).Add(MuxOperation.Flood, 1, 0, 200, 4, remote).Add(MuxOperation.Flood, 2, 0, 30).Add(MuxOperation.Deadline).ToArray()];
            yield return [options, .. new OperationList().Add(MuxOperation.Preamble, remote, 3).Add(MuxOperation.Deadline).Add(MuxOperation.Preamble, (byte)(remote + 2)).Add(MuxOperation.Refuse, (byte)(remote + 2)).Add(MuxOperation.LocalGoAway).Add(MuxOperation.Preamble, (byte)(remote + 4)).ToArray()];
            yield return [options, .. Opened(remote).Add(MuxOperation.CloseWrite, remote).Add(MuxOperation.Deadline).Add(MuxOperation.Deadline).ToArray()];
            yield return [options, .. Opened(remote).Add(MuxOperation.Frame, 0, 1, 0, 8, 0, 0, 0, remote, 0, 0, 0, 1, 0, 0).Add(MuxOperation.WindowUpdate, 0, remote, 0xFF, 0xFF, 0xFF, 0xFF).ToArray()];
        }
    }

    private static OperationList Opened(byte remote) => new OperationList().Add(MuxOperation.Preamble, remote).Add(MuxOperation.Accept, remote);
}
