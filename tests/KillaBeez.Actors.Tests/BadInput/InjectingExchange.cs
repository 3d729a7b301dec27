using KillaBeez.Actors.Transport;

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

    /// <summary>Says something to the node.</summary>
    public void Inject(byte[] utf8Message) => _node!.OnMessage(utf8Message);

    private sealed class Listener(InjectingExchange exchange, IExchangeObserver observer) : IExchangeObserver
    {
        public void OnOpened() => observer.OnOpened();

        public void OnMessage(byte[] utf8Message)
        {
            exchange.Told.Add(utf8Message);
            observer.OnMessage(utf8Message);
        }

        public void OnClosed(string reason) => observer.OnClosed(reason);
    }
}
