using KillaBeez.Fuzz.Tests.Fuzzing;
using KillaBeez.WebRtc.Mdns;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.Fuzz.Tests.Parsers;

/// <summary>ChannelData, streams of TURN and of ICE-TCP, and mDNS messages.</summary>
internal static class RelayTargets
{
    private const int MaxFrameBytes = 4096;
    private const string Name = "3e4ca78d-5e9c-4d0b-8e2e-1f3a8e3f2b52.local";

    public static IEnumerable<FuzzTarget> All =>
    [
        new ParserTarget("channel-data", ParseChannelData, () => [Channel(5), [.. Channel(8), 0, 0, 0]]),
        new ParserTarget("stream-framer", ReadStream, Streams) { InputBytes = 12_000 },
        new ParserTarget("mdns", ResolveName, Answers) { InputBytes = 10_000, Words = Vectors.Words("local", "\u0005local\0", "\u00c0\u000c") },
    ];

    private static byte[] Channel(int bytes)
    {
        var buffer = new byte[ChannelData.SizeOf(bytes, padded: true)];
        return buffer[..ChannelData.Write(buffer, new ChannelNumber(0x4001), new byte[bytes], padded: true)];
    }

    private static int ParseChannelData(ReadOnlySpan<byte> input)
    {
        var outcome = new Outcome();
        if (ChannelData.TryParse(input, out var number, out var payload, out var error))
        {
            OracleException.Require(number.IsValid, "a channel that was parsed can be bound");
            var again = new byte[ChannelData.SizeOf(payload.Length, padded: false)];
            ChannelData.Write(again, number, payload, padded: false);
            OracleException.Require(input.StartsWith(again), "ChannelData that was written again is the same bytes");
        }

        outcome.Add((int)error);
        return outcome.Value;
    }

    // --- Streams: a byte of framing and of piece size, then the stream. --------------------------------------

    private static IEnumerable<byte[]> Streams()
    {
        var request = new StunWriter(new byte[StunHeader.Bytes], StunMessageType.BindingRequest, new StunTransactionId(1, 2)).Written.ToArray();
        yield return [0, .. request, .. Channel(5), .. request];
        yield return [14, .. Channel(100), .. Channel(0)];
        yield return [1, 0, 20, .. request, 0, 0, 0, 1, 22];
        yield return [255, 0x0F, 0xFF, .. new byte[4095]];
    }

    private static int ReadStream(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return 0;
        }

        var outcome = new Outcome();
        var framing = (input[0] & 1) == 0 ? StreamFraming.Turn : StreamFraming.LengthPrefixed;
        var pieceBytes = 1 + (input[0] * 8);
        var framer = new StreamFramer(framing, MaxFrameBytes);
        var rest = input[1..];
        var framed = 0;
        while (!rest.IsEmpty && framer.Error == StreamFramingError.None)
        {
            var memory = framer.GetMemory();
            OracleException.Require(!memory.IsEmpty, "there is always room for the next bytes");
            var count = Math.Min(Math.Min(pieceBytes, rest.Length), memory.Length);
            rest[..count].CopyTo(memory.Span);
            rest = rest[count..];
            framer.Advance(count);
            while (framer.TryRead(out var frame))
            {
                OracleException.RequireAtMost(frame.Length, MaxFrameBytes, "bytes of a frame");
                OracleException.Require(!frame.IsEmpty, "an empty frame");
                framed++;
            }

            OracleException.RequireAtMost(framer.BufferedBytes, MaxFrameBytes + StreamFramer.PrefixBytes, "bytes of a stream that are kept");
        }

        outcome.Add((int)framing);
        outcome.Add((int)framer.Error);
        outcome.AddSize(framed);
        return outcome.Value;
    }

    // --- mDNS ------------------------------------------------------------------------------------------------

    private static IEnumerable<byte[]> Answers()
    {
        yield return Answer(DnsRecord.TypeA, [192, 0, 2, 1]);
        yield return Answer(DnsRecord.TypeAaaa, [0x20, 1, 0x0D, 0xB8, .. new byte[11], 1]);
        yield return [.. Answer(DnsRecord.TypeA, [192, 0, 2, 1]), 0xC0, 0x0C, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 1, 2, 3, 4];
        foreach (var message in Vectors.Folder("mdns/webrtc-mdns-corpus"))
        {
            yield return message;
        }
    }

    private static byte[] Answer(ushort type, byte[] data)
    {
        var writer = new SpanWriter(new byte[512]);
        new DnsHeader(Id: 0, Flags: 0x8400, Questions: 0, Answers: 1, Authorities: 0, Additionals: 0).Write(ref writer);
        DnsName.Write(ref writer, Name);
        writer.WriteUInt16(type);
        writer.WriteUInt16(DnsRecord.ClassInternet | DnsRecord.FlagBit);
        writer.WriteUInt32(120);
        writer.WriteUInt16((ushort)data.Length);
        writer.WriteBytes(data);
        return writer.Written.ToArray();
    }

    /// <summary>A resolver that waits for a name hears the message, and then its own query with the message behind it.</summary>
    private static int ResolveName(ReadOnlySpan<byte> input)
    {
        var outcome = new Outcome();
        var now = Instant.FromElapsed(TimeSpan.FromHours(1));
        var resolver = new MdnsResolver();
        resolver.Resolve(now, Name);
        resolver.Resolve(now, "a" + Name[1..]);
        var buffer = new byte[MdnsResolver.MinTransmitBytes];
        var polls = 0;
        while (resolver.TryPollTransmit(now, buffer, out _))
        {
            OracleException.RequireAtMost(++polls, 4, "queries at once");
        }

        outcome.Add(resolver.HandleDatagram(now, input));
        outcome.Add(resolver.HandleDatagram(now, buffer));
        now = Instant.Max(now, resolver.NextTimeout);
        resolver.HandleTimeout(now);
        var events = 0;
        while (resolver.TryPollEvent(out var e))
        {
            OracleException.RequireAtMost(++events, MdnsLimits.MaxPendingNames, "events at once");
            outcome.Add(e.Address is null);
        }

        outcome.AddSize(resolver.Statistics.Malformed);
        return outcome.Value;
    }
}
