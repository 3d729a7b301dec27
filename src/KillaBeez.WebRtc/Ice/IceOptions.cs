namespace KillaBeez.WebRtc.Ice;

/// <summary>What an agent may do and how fast; the defaults are what production uses.</summary>
internal sealed record IceOptions
{
    public static IceOptions Default { get; } = new();

    /// <summary>Whether 127.0.0.0/8 and ::1 may be used at either end. Off in production: a description must not make us probe ourselves.</summary>
    public bool AllowLoopback { get; init; }

    /// <summary>Which local candidates may be used.</summary>
    public IcePolicy Policy { get; init; }

    /// <summary>Remote addresses that this says false to are neither checked nor answered; null: all that policy allows otherwise.</summary>
    public Predicate<TransportAddress>? RemoteFilter { get; init; }

    /// <summary>Checks that may leave at once when a check list starts, so that a LAN connection takes one round trip.</summary>
    public int InitialBurst { get; init; } = 5;

    /// <summary>Ta: the pause between two new checks after the burst (RFC 8445, section 14.2).</summary>
    public TimeSpan CheckInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The first retransmission timeout of a check (RFC 8445, section 14.3); doubles with each repetition.</summary>
    public TimeSpan InitialRetransmission { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a check over TCP, which is sent once, waits for its answer (RFC 8489, section 6.2.2: Ti).</summary>
    public TimeSpan ReliableTimeout { get; init; } = TimeSpan.FromMilliseconds(39_500);

    /// <summary>How long failure waits for a name whose owner does not say how its resolution ended.</summary>
    public TimeSpan NameTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Not failed earlier than this after the start of checks (RFC 8863): 500 ms x (1+2+4+8+16+32) + 16 x 500 ms.</summary>
    public TimeSpan PatienceTime { get; init; } = TimeSpan.FromMilliseconds(39_500);

    /// <summary>How long to wait for more candidates of a peer that never says end-of-candidates, as browsers do not.</summary>
    public TimeSpan TrickleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Consent checks come every 0.8 to 1.2 of this (RFC 7675, section 5.1).</summary>
    public TimeSpan ConsentInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>An unanswered consent check is followed by connectivity checks at this pace.</summary>
    public TimeSpan UnansweredInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Without an answer for this long nothing may be sent any more (RFC 7675, section 5.1).</summary>
    public TimeSpan ConsentTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Silence after an unanswered check that makes the path suspicious, so that another one may take over.</summary>
    public TimeSpan SilenceBeforeMove { get; init; } = TimeSpan.FromMilliseconds(2500);

    /// <summary>Silence after an unanswered check that is reported as disconnected.</summary>
    public TimeSpan DisconnectedTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a working pair that is not selected is checked to keep its NAT bindings.</summary>
    public TimeSpan BackupInterval { get; init; } = TimeSpan.FromSeconds(25);
}
