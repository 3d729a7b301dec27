using KillaBeez.Actors.Transport;

namespace KillaBeez.TestKit;

/// <summary>How a simulated node reaches exchanges: only the simulation's own is there.</summary>
internal sealed class SimulatedExchangeConnector(SimulatedExchange exchange) : IExchangeConnector
{
    public IExchangeConnection Connect(Uri uri, IExchangeObserver observer) => exchange.Connect(uri, observer);
}
