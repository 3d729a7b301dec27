namespace KillaBeez.Swarm.Signaling.Exchange.Server;

/// <summary>Names one socket of an exchange for as long as the exchange runs; chosen by the owner of the engine.</summary>
internal readonly record struct ExchangeSocketId(long Value);
