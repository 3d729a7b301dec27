namespace KillaBeez.Swarm.Sessions;

/// <summary>
/// Every bound on what a peer can make a session keep or do, and the sizes that the wire format fixes.
/// What an installation may tune is in <see cref="SessionOptions"/>, with these as defaults.
/// </summary>
internal static class SessionLimits
{
    /// <summary>The largest Noise transport message.</summary>
    public const int MaxCipherMessageBytes = 65_535;

    /// <summary>The largest plaintext of one transport message: 16 bytes less, for the cipher's tag.</summary>
    public const int MaxMessageBytes = MaxCipherMessageBytes - 16;

    /// <summary>The largest frame. 111 bytes of the message are left for the items in front of it.</summary>
    public const int MaxFrameBytes = MaxMessageBytes - 111;

    /// <summary>Items in one message.</summary>
    public const int MaxItemsPerMessage = 16;

    /// <summary>UTF-8 bytes of the text of an END item.</summary>
    public const int MaxEndTextBytes = 128;

    /// <summary>Numbers travel as QUIC variable-length integers.</summary>
    public const ulong MaxFrameNumber = (1UL << 62) - 1;

    /// <summary>
    /// What a frame is charged beside its bytes, at both ends: the slot that remembers it. Without this a
    /// budget of 8 MiB would admit eight million frames of one byte.
    /// </summary>
    public const int FrameOverheadBytes = 32;

    /// <summary>The smallest replay budget.</summary>
    public const long MinReplayBytes = 1L << 16;

    /// <summary>The largest replay budget.</summary>
    public const long MaxReplayBytes = 1L << 32;

    /// <summary>log2 of <see cref="MinReplayBytes"/>, as it stands in a Hello.</summary>
    public const int MinReplayBudgetLog2 = 16;

    /// <summary>log2 of <see cref="MaxReplayBytes"/>, as it stands in a Hello.</summary>
    public const int MaxReplayBudgetLog2 = 32;

    /// <summary>Received bytes after which an ACK is sent at once, where the peer's budget is large.</summary>
    public const long MaxAckBytes = 256 * 1024;

    /// <summary>Open links of one session.</summary>
    public const int MaxOpenLinks = 4;

    /// <summary>Links of one peer whose handshake is under way.</summary>
    public const int MaxPendingLinks = 4;

    /// <summary>Links of all peers whose handshake is under way; kept by the owner of the engines.</summary>
    public const int MaxPendingLinksOfAllPeers = 256;

    /// <summary>Answered handshakes of one peer.</summary>
    public const double HellosPerSecond = 0.5;

    /// <summary>Answered handshakes of one peer in one burst.</summary>
    public const int HelloBurst = 10;

    /// <summary>Sessions that a peer may replace by others, held as a rate.</summary>
    public const double ReplacementsPerSecond = 0.1;

    /// <summary>Sessions that a peer may replace in one burst: 6 a minute.</summary>
    public const int ReplacementBurst = 6;

    /// <summary>STARTs that go back on their link.</summary>
    public const double RewindsPerSecond = 20;

    /// <summary>STARTs that go back on their link, in one burst.</summary>
    public const int RewindBurst = 20;

    /// <summary>PULLs that are obeyed.</summary>
    public const double PullsPerSecond = 10;

    /// <summary>PULLs that are obeyed in one burst.</summary>
    public const int PullBurst = 10;

    /// <summary>Redials that follow a failed attempt at once; later ones back off.</summary>
    public const int ImmediateRedials = 3;

    /// <summary>The least time without ACK progress after which a sending link is suspect (R24).</summary>
    public static readonly TimeSpan MinSuspicion = TimeSpan.FromSeconds(1);

    /// <summary>A link that lived this long counts as a success: the next redial is at once again.</summary>
    public static readonly TimeSpan StableLink = TimeSpan.FromSeconds(5);

    /// <summary>The first wait of the redial back-off; it doubles.</summary>
    public static readonly TimeSpan FirstRedialDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest wait of the redial back-off.</summary>
    public static readonly TimeSpan MaxRedialDelay = TimeSpan.FromSeconds(10);

    /// <summary>The first quarantine of a peer that replaces sessions too fast; it doubles.</summary>
    public static readonly TimeSpan FirstQuarantine = TimeSpan.FromSeconds(10);

    /// <summary>The longest quarantine. A peer that behaves for this long starts from the first one again.</summary>
    public static readonly TimeSpan MaxQuarantine = TimeSpan.FromMinutes(10);
}
