namespace KillaBeez.WebRtc.Sdp;

/// <summary>The rules of a=max-message-size (RFC 8841, section 6): the largest message that its sender can receive.</summary>
internal static class SdpMaxMessageSize
{
    /// <summary>What a description without the line means.</summary>
    public const long WhenAbsent = 65_536;

    /// <summary>What this library states, as Chromium does.</summary>
    public const long Ours = 262_144;

    /// <summary>The largest message that may be sent, in bytes.</summary>
    /// <param name="remote">The peer's value: null where absent, 0 for no limit.</param>
    /// <param name="ownCap">The most that this side sends to anybody.</param>
    public static long SendLimit(long? remote, long ownCap) => (remote ?? WhenAbsent) switch
    {
        0 => ownCap,
        var limit => Math.Min(limit, ownCap),
    };
}
