namespace KillaBeez.Actors.Transport;

/// <summary>Opens connections to signal exchanges: WebSockets in production, simulated ones in the TestKit.</summary>
internal interface IExchangeConnector
{
    /// <summary>Begins to connect; the observer is told how it goes.</summary>
    IExchangeConnection Connect(Uri exchange, IExchangeObserver observer);
}

/// <summary>A connection to a signal exchange: text messages in both directions, in order. Thread-safe.</summary>
internal interface IExchangeConnection
{
    /// <summary>
    /// Messages that the observer was told of and that were not <see cref="Taken"/>; with so many, no further one is read
    /// from the socket, and an exchange that sends more than the node deals with waits.
    /// </summary>
    const int MaxUntakenMessages = 32;

    /// <summary>Queues one message; the queue is bounded and overflow closes the connection.</summary>
    void Send(byte[] utf8Message);

    /// <summary>A message that the observer was told of has been dealt with, by whoever it was handed on to as well.</summary>
    void Taken();

    /// <summary>Ends the connection. Idempotent.</summary>
    void Close();
}

/// <summary>Who is told what an exchange connection does. Calls come one at a time, on any thread.</summary>
internal interface IExchangeObserver
{
    void OnOpened();

    void OnMessage(byte[] utf8Message);

    /// <summary>The connection is over, or never came about; nothing follows.</summary>
    void OnClosed(string reason);
}
