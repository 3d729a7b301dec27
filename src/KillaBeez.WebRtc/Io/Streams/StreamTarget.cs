namespace KillaBeez.WebRtc.Io.Streams;

/// <summary>Where a stream is to lead.</summary>
/// <param name="Local">The address of this machine to use; port 0 lets the system choose. Null: any.</param>
/// <param name="Remote">The other end.</param>
/// <param name="TlsName">The name that the server's certificate must carry; null: no TLS.</param>
/// <param name="AcceptsAnyCertificate">Whether a certificate that nobody vouches for will do; for laboratories.</param>
internal sealed record StreamTarget(TransportAddress? Local, TransportAddress Remote, string? TlsName, bool AcceptsAnyCertificate);
