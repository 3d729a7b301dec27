namespace KillaBeez.TestKit;

/// <summary>What a <see cref="SimulatedProbe"/> expected did not come.</summary>
/// <param name="message">What was expected, and what came.</param>
public sealed class SimulatedProbeException(string message) : Exception(message);
