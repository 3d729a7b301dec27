using KillaBeez.Fuzz.Tests.Fuzzing;
using KillaBeez.Swarm.CipherSessions;
using KillaBeez.Swarm.Gossip;
using KillaBeez.Swarm.Multiplexing;
using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Fuzz.Tests.Parsers;

/// <summary>What reaches a node over a link: Noise messages, session and multiplexer frames, gossip.</summary>
internal static class SwarmTargets
{
    private static readonly byte[] Prologue = CipherPrologue.ForSimulatedPath(7);

    public static IEnumerable<FuzzTarget> All =>
    [
        new ParserTarget("noise", ReadNoise, NoiseMessages) { InputBytes = 1024 },
        new ParserTarget("session-hello", ParseHello, Hellos),
        new ParserTarget("session-items", ReadItems, Items),
        new ParserTarget("mux-frames", ParseMux, MuxFrames) { InputBytes = 6000 },
        new ParserTarget("gossip-messages", ParseGossip, GossipMessages) { InputBytes = 16_384 },
    ];

    // --- Noise: a byte that says who reads, then the message. ------------------------------------------------

    private static IEnumerable<byte[]> NoiseMessages()
    {
        using var initiator = Initiator();
        using var responder = Responder();
        var buffer = new byte[CipherLimits.MaxHandshakePayloadBytes + CipherLimits.Message1OverheadBytes];
        var payload = new byte[CipherLimits.MaxHandshakePayloadBytes];
        var first = buffer[..initiator.WriteMessage(Hello().ToBytes(), buffer)];
        OracleException.Require(responder.TryReadMessage(first, payload, out _, out _), "the first message is right");
        var second = buffer[..responder.WriteMessage(Hello().ToBytes(), buffer)];
        OracleException.Require(initiator.TryReadMessage(second, payload, out _, out _), "the second message is right");
        using var session = initiator.Split();
        var sealedBytes = new byte[5 + CipherSession.OverheadBytes];
        session.Seal("hello"u8, sealedBytes);
        return [[0, .. first], [1, .. second], [2, .. sealedBytes]];
    }

    private static CipherHandshake Initiator() => CipherHandshake.Initiator(SwarmKeys.Alice, SwarmKeys.Bob.Id, Prologue, new SeededRandomSource(1));

    private static CipherHandshake Responder() => CipherHandshake.Responder(SwarmKeys.Bob, SwarmKeys.Alice.Id, Prologue, new SeededRandomSource(2));

    private static int ReadNoise(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return 0;
        }

        var outcome = new Outcome();
        outcome.Add(input[0] % 3);
        using var initiator = Initiator();
        using var responder = Responder();
        var buffer = new byte[CipherLimits.MaxHandshakePayloadBytes + CipherLimits.Message1OverheadBytes];
        var payload = new byte[CipherLimits.MaxHandshakePayloadBytes];
        var error = CipherError.None;
        switch (input[0] % 3)
        {
            case 0:
                outcome.Add(responder.TryReadMessage(input[1..], payload, out _, out error));
                break;
            case 1:
                initiator.WriteMessage([], buffer);
                outcome.Add(initiator.TryReadMessage(input[1..], payload, out _, out error));
                break;
            default:
                ReadTransport(input[1..], ref outcome, initiator, responder, buffer, payload);
                break;
        }

        outcome.Add((int)error);
        return outcome.Value;
    }

    private static void ReadTransport(ReadOnlySpan<byte> message, ref Outcome outcome, CipherHandshake initiator, CipherHandshake responder, byte[] buffer, byte[] payload)
    {
        var bytes = initiator.WriteMessage(Hello().ToBytes(), buffer);
        responder.TryReadMessage(buffer.AsSpan(0, bytes), payload, out _, out _);
        responder.WriteMessage(Hello().ToBytes(), buffer);
        using var session = responder.Split();
        var opened = session.TryOpen(message, new byte[CipherLimits.MaxPlaintextBytes], out _);
        OracleException.Require(opened != session.IsClosed, "a message that does not open closes the session");
        outcome.Add(opened);
    }

    // --- Sessions --------------------------------------------------------------------------------------------

    public static SessionHello Hello() => new() { Spare = new SessionTag(7), ReplayBudgetLog2 = 23 };

    private static IEnumerable<byte[]> Hellos()
    {
        var pair = new SessionPair(new SessionTag(1), new SessionTag(2));
        yield return Hello().ToBytes();
        yield return (Hello() with { Live = new LiveSession(pair, 9) }).ToBytes();
        yield return (Hello() with { Live = new LiveSession(pair, 9), Ended = new EndedSession(pair.Mirrored, 3, SessionEndCode.Aborted) }).ToBytes();
    }

    private static int ParseHello(ReadOnlySpan<byte> input)
    {
        var outcome = new Outcome();
        if (SessionHello.TryParse(input, out var hello, out var error))
        {
            OracleException.Require(SessionHello.TryParse(hello.ToBytes(), out var again, out _) && again == hello, "a Hello that was written again reads the same");
            outcome.Add(hello.Live is null);
            outcome.Add(hello.Ended is null);
        }

        outcome.Add((int)error);
        return outcome.Value;
    }

    public static IEnumerable<byte[]> Items()
    {
        var writer = new SpanWriter(new byte[256]);
        SessionItemWriter.WriteNumber(ref writer, SessionItemKind.Start, 0);
        SessionItemWriter.WriteNumber(ref writer, SessionItemKind.Ack, 70);
        SessionItemWriter.WriteEcho(ref writer, SessionItemKind.Ping, 5);
        SessionItemWriter.WriteData(ref writer, "frame"u8);
        var data = writer.Written.ToArray();
        writer = new SpanWriter(new byte[256]);
        SessionItemWriter.WriteNumber(ref writer, SessionItemKind.Pull, 20_000);
        SessionItemWriter.WriteEcho(ref writer, SessionItemKind.Pong, 5);
        SessionItemWriter.WriteFin(ref writer);
        SessionItemWriter.WriteBye(ref writer, LinkByeReason.Replaced);
        var bye = writer.Written.ToArray();
        writer = new SpanWriter(new byte[256]);
        SessionItemWriter.WriteEnd(ref writer, SessionEndCode.Aborted, 3, "bye");
        return [data, bye, writer.Written.ToArray()];
    }

    private static int ReadItems(ReadOnlySpan<byte> input)
    {
        var outcome = new Outcome();
        var reader = new SessionItemReader(input);
        var count = 0;
        while (reader.TryRead(out var item))
        {
            OracleException.RequireAtMost(++count, SessionLimits.MaxItemsPerMessage, "items of a message");
            OracleException.RequireAtMost(item.Bytes.Length, SessionLimits.MaxFrameBytes, "bytes of a frame");
            outcome.AddToSet((int)item.Kind);
        }

        outcome.Add((int)reader.Error);
        return outcome.Value;
    }

    // --- Multiplexer -----------------------------------------------------------------------------------------

    private static IEnumerable<byte[]> MuxFrames()
    {
        var buffer = new byte[SubstreamPreamble.MaxBytes];
        var header = new SpanWriter(buffer);
        new MuxFrameHeader(MuxFrameType.Data, MuxFlags.Syn, 1, 9).Write(ref header);
        yield return buffer[..header.Position];
        yield return buffer[..SubstreamPreamble.Write("chat/1", "metadata"u8, buffer)];
        yield return buffer[..SubstreamAnswer.WriteAccepted(buffer)];
        yield return buffer[..SubstreamAnswer.WriteRefused(7, "nobody here", buffer)];
    }

    private static int ParseMux(ReadOnlySpan<byte> input)
    {
        var outcome = new Outcome();
        _ = MuxFrameHeader.TryParse(input, out _, out var headerError);
        outcome.Add((int)headerError);
        OracleException.RequireAtMost(SubstreamPreamble.NeededBytes(input), SubstreamPreamble.MaxBytes, "bytes that a preamble needs");
        if (SubstreamPreamble.TryParse(input, out var preamble, out var preambleError))
        {
            var buffer = new byte[SubstreamPreamble.MaxBytes];
            var bytes = SubstreamPreamble.Write(preamble.Type, preamble.Metadata, buffer);
            OracleException.Require(input.StartsWith(buffer.AsSpan(0, bytes)), "a preamble that was written again is the same bytes");
            OracleException.Require(SubstreamPreamble.NeededBytes(input) == bytes, "a preamble needs the bytes that it has");
        }

        outcome.Add((int)preambleError);
        OracleException.RequireAtMost(SubstreamAnswer.NeededBytes(input), SubstreamAnswer.MaxBytes, "bytes that an answer needs");
        _ = SubstreamAnswer.TryParse(input, out var answer, out var answerError);
        outcome.Add((int)answerError);
        outcome.Add(answer.IsAccepted);
        return outcome.Value;
    }

    // --- Gossip: the first byte is the type of the message. --------------------------------------------------

    public static IEnumerable<byte[]> GossipMessages()
    {
        var entries = SwarmKeys.Sorted.Where(id => id != SwarmKeys.Alice.Id).Select(id => new NetworkMapEntry(id, 12)).ToArray();
        var canonical = NetworkMapMessage.Canonical(SwarmKeys.Alice.Id, 1, 2, entries);
        var signature = new byte[NetworkMapMessage.SignatureBytes];
        SwarmKeys.Alice.Sign(SignaturePurpose.NetworkMap, canonical, signature);
        yield return NetworkMapMessage.ToBytes(canonical, signature);
        yield return new NetworkMapDelta(1, 3, [entries[0]], [entries[1].Peer]).ToBytes();
        yield return new NetworkMapDigest(SwarmKeys.Alice.Id, 1, 2, signature).ToBytes();
        yield return [(byte)GossipMessageType.Pull];
    }

    private static int ParseGossip(ReadOnlySpan<byte> input)
    {
        var outcome = new Outcome();
        GossipParseError error;
        if (NetworkMapMessage.TryParse(input, out var map, out error))
        {
            OracleException.RequireAtMost(map!.Entries.Length, GossipLimits.EntriesPerMap, "entries of a map");
            var bytes = NetworkMapMessage.ToBytes(NetworkMapMessage.Canonical(map.Owner, map.Incarnation, map.Version, map.Entries), map.Signature);
            OracleException.Require(bytes.AsSpan(1).SequenceEqual(input[1..]), "a map that was written again is the same bytes");
        }

        outcome.Add((int)error);
        if (NetworkMapDelta.TryParse(input, SwarmKeys.Alice.Id, out var delta, out error))
        {
            OracleException.RequireAtMost(delta!.Set.Length, GossipLimits.EntriesPerMap, "entries that a delta sets");
            OracleException.RequireAtMost(delta.Removed.Length, GossipLimits.EntriesPerMap, "entries that a delta removes");
            OracleException.Require(delta.ToBytes().AsSpan(1).SequenceEqual(input[1..]), "a delta that was written again is the same bytes");
        }

        outcome.Add((int)error);
        if (NetworkMapDigest.TryParse(input, out var digest, out error))
        {
            OracleException.Require(digest!.ToBytes().AsSpan(1).SequenceEqual(input[1..]), "a digest that was written again is the same bytes");
        }

        outcome.Add((int)error);
        return outcome.Value;
    }
}
