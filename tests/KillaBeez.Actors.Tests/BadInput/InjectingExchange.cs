using KillaBeez.Actors.Transport;
using KillaBeez.Swarm.Signaling.Exchange.Messages;

namespace KillaBeez.Actors.Tests.BadInput;

/// <summary>An exchange that lies to one node: passes everything on, remembers what it passed, and says more than it should.</summary>
internal sealed class InjectingExchange(IExchangeConnector inner) : IExchangeConnector
{
    private IExchangeObserver? _node;

    /// <summary>What the node was told, oldest first.</summary>
    public List<byte[]> Told { get; } = [];

    public IExchangeConnection Connect(Uri exchange, IExchangeObserver observer)
    {
        _node = observer;
        return inner.Connect(exchange, new Listener(this, observer));
    }

    /// <summary>Whether the node is never told that a signal of its own did not arrive.</summary>
    public bool HidesErrors { get; set; }

    /// <summary>Says something to the node.</summary>
    public void Inject(byte[] utf8Message) => _node!.OnMessage(utf8Message);

    private sealed class Listener(InjectingExchange exchange, IExchangeObserver observer) : IExchangeObserver
    {
        public void OnOpened() => observer.OnOpened();

        public void OnMessage(byte[] utf8Message)
        {
            exchange.Told.Add(utf8Message);
            if (exchange.HidesErrors && ExchangeMessage.TryParse(utf8Message, out var parsed, out _) && parsed is ErrorMessage)
            {
                return;
            }

            observer.OnMessage(utf8Message);
        }

        public void OnClosed(string reason) => observer.OnClosed(reason);
    }
}
