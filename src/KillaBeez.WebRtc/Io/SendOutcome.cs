namespace KillaBeez.WebRtc.Io;

/// <summary>What became of a send.</summary>
internal enum SendOutcome
{
    /// <summary>The kernel took it.</summary>
    Sent,

    /// <summary>The socket's buffer is full: wait until it is writable.</summary>
    WouldBlock,

    /// <summary>The kernel refused this datagram (no route, too large, filtered): it is lost, as on a network.</summary>
    Dropped,

    /// <summary>Segmentation offload does not work here: send the segments one by one from now on.</summary>
    SegmentationUnsupported,
}
