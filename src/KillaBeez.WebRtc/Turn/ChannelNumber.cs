namespace KillaBeez.WebRtc.Turn;

/// <summary>The number of a channel between client and server (RFC 8656, section 12).</summary>
/// <param name="Value">0x4000..0x4FFF where it can be bound.</param>
internal readonly record struct ChannelNumber(ushort Value)
{
    public const ushort First = 0x4000;
    public const ushort Last = 0x4FFF;

    /// <summary>Whether a client may bind it.</summary>
    public bool IsValid => Value is >= First and <= Last;

    public override string ToString() => $"0x{Value:X4}";
}
