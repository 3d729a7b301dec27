using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Actors.Messages;

/// <summary>What became of the signals that came to a node since its guardian started.</summary>
/// <param name="Verdicts">How often the gate gave each verdict; all but Accepted are drops.</param>
/// <param name="Opened">How opening those that the gate let through ended; all but None are drops.</param>
internal sealed record SignalCounters(IReadOnlyDictionary<SignalVerdict, long> Verdicts, IReadOnlyDictionary<SignalOpenError, long> Opened);
