namespace KillaBeez.WebRtc.Turn;

/// <summary>Why bytes are not a ChannelData message.</summary>
internal enum ChannelDataParseError
{
    None,

    /// <summary>Fewer than the four bytes of the header.</summary>
    TooShort,

    /// <summary>The number is not one of 0x4000..0x4FFF.</summary>
    NotAChannel,

    /// <summary>The length field says more than there is.</summary>
    BadLength,
}
