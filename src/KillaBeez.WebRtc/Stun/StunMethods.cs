namespace KillaBeez.WebRtc.Stun;

/// <summary>The methods of message types that this library knows (RFC 8489, section 18.2; RFC 8656, section 17).</summary>
internal static class StunMethods
{
    public const ushort Binding = 0x001;
    public const ushort Allocate = 0x003;
    public const ushort Refresh = 0x004;

    /// <summary>Only as an indication, from client to server.</summary>
    public const ushort Send = 0x006;

    /// <summary>Only as an indication, from server to client.</summary>
    public const ushort Data = 0x007;

    public const ushort CreatePermission = 0x008;
    public const ushort ChannelBind = 0x009;
}
