namespace KillaBeez.WebRtc.Turn;

/// <summary>Why a stream cannot be read any further: there is no way to find the next message, so it is to be closed.</summary>
internal enum StreamFramingError
{
    None,

    /// <summary>What starts here is neither STUN nor ChannelData.</summary>
    UnknownMessage,

    /// <summary>A message is longer than the limit that the framer was made with.</summary>
    TooLong,
}
