namespace KillaBeez.Turn.Engine;

/// <summary>Names the relay socket of one allocation between the engine and the owner of the sockets; never used twice.</summary>
/// <param name="Value">1, 2, 3, ...</param>
internal readonly record struct RelayId(long Value);
