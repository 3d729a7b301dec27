using KillaBeez.Actors.Transport;

namespace KillaBeez.TestKit;

/// <summary>How a simulated node reaches exchanges: only those of its simulation are there.</summary>
/// <param name="exchanges">At least one.</param>
internal sealed class SimulatedExchangeConnector(IReadOnlyList<SimulatedExchange> exchanges) : IExchangeConnector
{
    public IExchangeConnection Connect(Uri uri, IExchangeObserver observer) =>
        (exchanges.FirstOrDefault(exchange => exchange.Uri == uri) ?? exchanges[0]).Connect(uri, observer);
}
