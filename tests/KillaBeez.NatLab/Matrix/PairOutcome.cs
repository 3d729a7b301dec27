using System.Globalization;
using KillaBeez.NatLab.Peers;

namespace KillaBeez.NatLab.Matrix;

/// <summary>What came of two sites that tried to connect.</summary>
/// <param name="Path">How they did, or null where they did not.</param>
/// <param name="SetUpTime">How long it took.</param>
/// <param name="SentBytes">What the offerer sent.</param>
/// <param name="ReceivedBytes">What the answerer got of it.</param>
internal sealed record PairOutcome(PeerPath? Path, TimeSpan SetUpTime, long SentBytes, long ReceivedBytes)
{
    public static PairOutcome None { get; } = new(null, default, 0, 0);

    public override string ToString() => Path is null ? "-" : string.Create(CultureInfo.InvariantCulture, $"{Path}, {SetUpTime.TotalSeconds:0.0} s");
}
