namespace KillaBeez.Actors.Transport.WebSockets;

/// <summary>Connects to signal exchanges over WebSockets (RFC 6455).</summary>
internal sealed class WebSocketExchangeConnector : IExchangeConnector
{
    public IExchangeConnection Connect(Uri exchange, IExchangeObserver observer) =>
        new WebSocketExchangeConnection(exchange, observer);
}
