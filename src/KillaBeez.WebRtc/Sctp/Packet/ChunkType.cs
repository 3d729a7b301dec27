namespace KillaBeez.WebRtc.Sctp.Packet;

/// <summary>The chunk types of RFC 9260, 3758, 6525, 4820 and 8260 that this stack knows.</summary>
internal enum ChunkType : byte
{
    Data = 0,
    Init = 1,
    InitAck = 2,
    Sack = 3,
    Heartbeat = 4,
    HeartbeatAck = 5,
    Abort = 6,
    Shutdown = 7,
    ShutdownAck = 8,
    Error = 9,
    CookieEcho = 10,
    CookieAck = 11,
    ShutdownComplete = 14,
    IData = 64,
    ReConfig = 130,
    Pad = 132,
    ForwardTsn = 192,
    IForwardTsn = 194,
}

/// <summary>
/// What to do with a type that is not known: the two highest bits of chunk and parameter types say it
/// (RFC 9260 sections 3.2 and 3.2.1).
/// </summary>
internal enum UnknownTypeAction
{
    Stop = 0,
    StopAndReport = 1,
    Skip = 2,
    SkipAndReport = 3,
}
