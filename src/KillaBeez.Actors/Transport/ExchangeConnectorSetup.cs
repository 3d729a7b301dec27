using Akka.Actor.Setup;

namespace KillaBeez.Actors.Transport;

/// <summary>
/// How the nodes of an actor system reach exchanges, where it is not by WebSockets: given when the system is created, by a
/// test kit that carries an exchange in its own process.
/// </summary>
internal sealed class ExchangeConnectorSetup(IExchangeConnector connector) : Setup
{
    public IExchangeConnector Connector { get; } = connector;
}
