namespace KillaBeez.WebRtc;

/// <summary>The two ends of a datagram's way: the local socket's address and the remote address.</summary>
/// <param name="Local">The address of the local base: the socket that sends and receives.</param>
/// <param name="Remote">The peer's address as seen from that socket.</param>
internal readonly record struct NetworkPath(TransportAddress Local, TransportAddress Remote);
