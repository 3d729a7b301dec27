namespace KillaBeez.WebRtc.Io.Streams;

/// <summary>Whom a <see cref="FramedStream"/> reports to. Everything is called on the IO thread.</summary>
internal interface IFramedStreamOwner
{
    /// <summary>The stream can send from now on.</summary>
    void OnOpened(Instant now, FramedStream stream);

    /// <summary>A datagram came; its bytes are valid during the call.</summary>
    void OnFrame(Instant now, FramedStream stream, ReadOnlySpan<byte> frame);

    /// <summary>The stream is over, or never came about. Called once, and not after <see cref="FramedStream.Dispose"/>.</summary>
    void OnClosed(Instant now, FramedStream stream, string reason);
}
