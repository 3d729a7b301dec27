using System.Globalization;
using KillaBeez.Actors.Transport;

namespace KillaBeez.TestKit;

/// <summary>One simulated node's way to make links.</summary>
internal sealed class SimulatedLinkTransport(SimulatedNetwork network, SimulatedHost host) : ILinkTransport
{
    public ILinkAttempt Offer(ILinkAttemptObserver observer)
    {
        var attempt = new SimulatedAttempt(network, host, observer);
        attempt.BeginOffer();
        return attempt;
    }

    public ILinkAttempt Answer(string offer, ILinkAttemptObserver observer)
    {
        var attempt = new SimulatedAttempt(network, host, observer);
        attempt.BeginAnswer(offer);
        return attempt;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal static string FormatOffer(long number) => string.Create(CultureInfo.InvariantCulture, $"sim-offer {number}");

    internal static bool TryParseOffer(string text, out long number)
    {
        number = 0;
        return text.StartsWith("sim-offer ", StringComparison.Ordinal)
            && long.TryParse(text.AsSpan(10), NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
