using System.Text;
using KillaBeez.Fuzz.Tests.Fuzzing;
using KillaBeez.Swarm.Signaling;
using KillaBeez.Swarm.Signaling.Exchange;
using KillaBeez.Swarm.Signaling.Exchange.Messages;
using KillaBeez.Swarm.Signaling.Routing;

namespace KillaBeez.Fuzz.Tests.Parsers;

/// <summary>What reaches a node before it has a link: signals in both forms, the exchange's messages, routing frames.</summary>
internal static class SignalTargets
{
    private const long NowUnixMs = 1_700_000_000_000;

    private static readonly byte[][] JsonWords = Vectors.Words(
        "{", "}", "[", "]", ",", ":", "\"", "\\u0000", "\\ud800", "null", "true", "1e309", "-1", "18446744073709551615", "\"type\":", "\"signal\"", "\"error\"", "\"ping\"",
        "\"pong\"", "\"challenge\"", "\"subscribe\"", "\"ready\"", "\"room\"", "\"roomKeys\"", "\"request\":", "\"keys\":", "\"v\":", "\"key\":", "\"server\":", "\"sig\":", "\"box\":", "\"text\":", "[[[[[[[[");

    public static IEnumerable<FuzzTarget> All =>
    [
        new ParserTarget("signal-json", ParseJson, () => [Signal.ToJson()]) { Words = JsonWords },
        new ParserTarget("signal-binary", ParseBinary, () => [Signal.ToBinary()]) { Repairing = Resign },
        new ParserTarget("signal-content", ParseContent, () => [Content.ToBytes(), (Content with { Kind = SignalKind.Inform, Body = "" }).ToBytes()]),
        new ParserTarget("exchange-json", ParseExchange, ExchangeMessages) { Words = JsonWords },
        new ParserTarget("routing-frames", ReadFrames, RoutingFrames) { InputBytes = 8192, AllocationBytes = 1024 * 1024 },
    ];

    public static SignalContent Content { get; } = new()
    {
        Kind = SignalKind.Offer,
        Call = new SignalCallId([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
        Body = "v=0 hello",
    };

    public static SealedSignal Signal { get; } = SignalSealer.Seal(SwarmKeys.Alice, SwarmKeys.Bob.Id, Content, NowUnixMs, new SeededRandomSource(1));

    public static IEnumerable<byte[]> ExchangeMessages() => new ExchangeMessage[]
    {
        new SignalMessage { Signal = Signal },
        new ErrorMessage { Code = ExchangeErrorCode.Replayed, Text = "no", SignalId = Signal.Id, Request = 7 },
        new PingMessage { Request = 1, Keys = SwarmKeys.Sorted },
        new PongMessage { Request = 1, Present = SwarmKeys.Sorted },
        new ChallengeMessage { ServerName = "exchange.example", Challenge = new byte[32], ServerUnixMs = NowUnixMs },
        new SubscribeMessage { Key = SwarmKeys.Alice.Id, ServerName = "exchange.example", Signature = new byte[64] },
        new ReadyMessage { Key = SwarmKeys.Alice.Id },
        new RoomMessage { Request = 2, Room = "hive" },
        new RoomKeysMessage { Request = 2, Keys = SwarmKeys.Sorted },
    }.Select(message => message.ToJson());

    public static IEnumerable<byte[]> RoutingFrames() =>
    [
        RoutingFrame.Signal(Signal),
        RoutingFrame.Undeliverable(Signal.Id, UndeliverableReason.Replayed),
        RoutingFrame.Inform(SwarmKeys.Carol.Id),
        RoutingFrame.Informed(SwarmKeys.Carol.Id),
        [.. RoutingFrame.Inform(SwarmKeys.Carol.Id), .. RoutingFrame.Informed(SwarmKeys.Alice.Id)],
    ];

    private static byte[] Resign(byte[] input)
    {
        if (input.Length > SealedSignal.SignatureBytes)
        {
            SwarmKeys.Alice.Sign(SignaturePurpose.Signal, input.AsSpan(0, input.Length - SealedSignal.SignatureBytes), input.AsSpan(input.Length - SealedSignal.SignatureBytes));
        }

        return input;
    }

    private static int ParseJson(ReadOnlySpan<byte> input)
    {
        var outcome = new Outcome();
        if (SealedSignal.TryParse(input, out var signal, out var error))
        {
            Open(signal!, ref outcome);
        }

        outcome.Add((int)error);
        return outcome.Value;
    }

    private static int ParseBinary(ReadOnlySpan<byte> input)
    {
        var outcome = new Outcome();
        if (SealedSignal.TryParseBinary(input, out var signal, out var error))
        {
            OracleException.Require(signal!.ToBinary().AsSpan().SequenceEqual(input), "a signal that was written again is the same bytes");
            Open(signal, ref outcome);
        }

        outcome.Add((int)error);
        return outcome.Value;
    }

    private static void Open(SealedSignal signal, ref Outcome outcome)
    {
        OracleException.Require(SealedSignal.TryParse(signal.ToJson(), out var again, out _) && again!.ToBinary().AsSpan().SequenceEqual(signal.ToBinary()), "both forms of a signal say the same");
        var opened = SignalSealer.TryOpen(SwarmKeys.Bob, signal, out var content, out var error);
        OracleException.Require(opened == (content is not null), "what is opened has a content");
        outcome.Add((int)error);
        outcome.Add((int)new SignalGate(SwarmKeys.Bob.Id).Check(Instant.Zero, NowUnixMs, signal));
    }

    private static int ParseContent(ReadOnlySpan<byte> input)
    {
        if (!SignalContent.TryParse(input, out var content))
        {
            return 0;
        }

        OracleException.Require(content!.ToBytes().AsSpan().SequenceEqual(input), "a content that was written again is the same bytes");
        return 1 + (int)content.Kind;
    }

    private static int ParseExchange(ReadOnlySpan<byte> input)
    {
        var outcome = new Outcome();
        if (!ExchangeMessage.TryParse(input, out var message, out var error))
        {
            outcome.Add((int)error);
            return outcome.Value;
        }

        outcome.Add(message is UnknownMessage ? -1 : message!.Type.Sum(c => c));
        if (message is not UnknownMessage)
        {
            var json = message!.ToJson();
            OracleException.Require(ExchangeMessage.TryParse(json, out var again, out _), $"a message that was written again parses: {Encoding.UTF8.GetString(json)}");
            OracleException.Require(again!.ToJson().AsSpan().SequenceEqual(json), "a message that was written again reads the same");
        }

        return outcome.Value;
    }

    /// <summary>The first byte says how the stream is cut into pieces.</summary>
    private static int ReadFrames(ReadOnlySpan<byte> input)
    {
        var outcome = new Outcome();
        var reader = new RoutingFrameReader();
        var pieceBytes = input.IsEmpty ? 1 : 1 + input[0];
        while (!input.IsEmpty)
        {
            var piece = input[..Math.Min(pieceBytes, input.Length)];
            input = input[piece.Length..];
            bool isTooLarge;
            while (reader.TryRead(ref piece, out var type, out var payload, out isTooLarge))
            {
                OracleException.RequireAtMost(payload.Length, RoutingLimits.MaximumPayloadBytes, "bytes of a frame");
                outcome.AddToSet((int)type & 31);
                outcome.AddToSet(RoutingFrame.TryParseKey(payload, out _) ? 32 : 33);
                outcome.AddToSet(RoutingFrame.TryParseUndeliverable(payload, out _, out var reason) ? 40 + (int)reason : 34);
            }

            OracleException.RequireAtMost(reader.BufferedBytes, RoutingLimits.MaximumPayloadBytes + RoutingFrame.MaximumHeaderBytes, "buffered bytes of a frame");
            if (isTooLarge)
            {
                // It ends the stream: its owner closes it.
                outcome.Add(-2);
                break;
            }
        }

        return outcome.Value;
    }
}
