namespace KillaBeez.WebRtc.Io;

/// <summary>
/// What a connection sends through and is reached at: a UDP socket of this machine, a relayed address at a TURN
/// server, or a TCP port. Used by the IO thread only.
/// </summary>
internal abstract class TransportSocket : IDisposable
{
    /// <summary>The base: what engines call this socket by.</summary>
    public abstract TransportAddress LocalAddress { get; }

    /// <summary>Whether the socket has been closed; its descriptor may be somebody else's by now.</summary>
    public bool IsClosed { get; set; }

    /// <summary>Whether several datagrams of one size may go out in one call.</summary>
    public bool CanSegment { get; protected set; }

    /// <summary>The socket whose buffer decides whether <see cref="Send"/> blocks; null where it never does.</summary>
    public abstract DatagramSocket? Pollable { get; }

    /// <summary>Sends one datagram, or where <see cref="CanSegment"/> several: all but the last of one size.</summary>
    public abstract SendOutcome Send(ReadOnlySpan<byte> datagrams, int segmentBytes, TransportAddress to);

    /// <summary>A path through this socket has gone silent: whatever can be found out about the socket itself is.</summary>
    public virtual void Verify(Instant now)
    {
    }

    public abstract void Dispose();
}
