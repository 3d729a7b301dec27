using KillaBeez.WebRtc.Stun;

namespace KillaBeez.Turn.Engine;

/// <summary>A request whose credentials were valid.</summary>
internal readonly ref struct TurnRequest(Instant now, FiveTuple tuple, StunMessage message, ReadOnlySpan<byte> key)
{
    public Instant Now { get; } = now;

    public FiveTuple Tuple { get; } = tuple;

    public StunMessage Message { get; } = message;

    /// <summary>Protects the answer.</summary>
    public ReadOnlySpan<byte> Key { get; } = key;

    public ReadOnlySpan<byte> Username => Message.TryGet(StunAttributeType.Username, out var value) ? value : default;
}
