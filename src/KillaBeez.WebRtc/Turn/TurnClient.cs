namespace KillaBeez.WebRtc.Turn;

/// <summary>One allocation on one 5-tuple.</summary>
internal sealed class TurnClient(TurnClientOptions options, IRandomSource random)
{
    public TurnClientState State { get; private set; }

    public TransportAddress? RelayedAddress { get; private set; }

    public TransportAddress? MappedAddress { get; private set; }

    public TurnFailure? Failure { get; private set; }

    public Instant NextTimeout => State < 0 ? Instant.Zero : Instant.Never;

    public void Start(Instant now)
    {
        _ = (options, random, now);
        State = TurnClientState.Allocating;
    }

    public void Close(Instant now)
    {
        _ = now;
        State = TurnClientState.Closed;
    }

    public bool HandleMessage(Instant now, ReadOnlySpan<byte> message, out TransportAddress peer, out ReadOnlySpan<byte> payload)
    {
        _ = (now, message.Length, MappedAddress = null, RelayedAddress = null, Failure = null);
        peer = default;
        payload = default;
        return false;
    }

    public bool TryWrap(Instant now, TransportAddress peer, ReadOnlySpan<byte> payload, Span<byte> destination, out int written)
    {
        _ = (now, peer, payload.Length, destination.Length, State);
        written = 0;
        return false;
    }

    public bool TryPollTransmit(Instant now, Span<byte> destination, out int written)
    {
        _ = (now, destination.Length, State);
        written = 0;
        return false;
    }

    public void HandleTimeout(Instant now) => _ = (now, State);

    public bool TryPollEvent(out TurnEvent e)
    {
        e = default;
        return State < 0;
    }
}
