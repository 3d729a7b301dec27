using KillaBeez.Turn.Engine;
using KillaBeez.WebRtc.Io;

namespace KillaBeez.Turn.Io;

/// <summary>The socket of one allocation.</summary>
internal sealed record RelaySocket(RelayId Id, DatagramSocket Socket);
