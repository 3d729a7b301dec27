using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Swarm.Tests.Signaling;

/// <summary>Keys and signals that many tests need.</summary>
internal static class Samples
{
    /// <summary>The moment at which the sample signals are made.</summary>
    public const long NowUnixMs = 1_700_000_000_000;

    public static KeyPair Alice { get; } = KeyPair.FromSeed([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);

    public static KeyPair Bob { get; } = KeyPair.FromSeed([.. Enumerable.Repeat((byte)0x42, 32)]);

    public static KeyPair Carol { get; } = KeyPair.FromSeed([.. Enumerable.Repeat((byte)0x43, 32)]);

    public static SignalContent Content { get; } = new()
    {
        Kind = SignalKind.Offer,
        Call = new SignalCallId([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
        Body = "v=0 hello",
    };

    public static SealedSignal Seal(KeyPair from, PeerId to, long nowUnixMs = NowUnixMs, string body = "v=0", IRandomSource? random = null) =>
        SignalSealer.Seal(from, to, Content with { Body = body }, nowUnixMs, random ?? SystemRandomSource.Instance);

    /// <summary>The same signal with changed fields, signed again by the sender.</summary>
    public static SealedSignal Resign(KeyPair from, SealedSignal signal)
    {
        var bytes = signal.ToBinary();
        var signature = new byte[SealedSignal.SignatureBytes];
        from.Sign(SignaturePurpose.Signal, bytes.AsSpan(0, bytes.Length - signature.Length), signature);
        return signal with { Signature = signature };
    }
}
