using KillaBeez.Swarm.Signaling.Exchange.Messages;

namespace KillaBeez.Swarm.Signaling.Exchange.Server;

/// <summary>Every limit and interval of an <see cref="ExchangeServerEngine"/>.</summary>
internal sealed record ExchangeServerLimits
{
    /// <summary>Sockets at once; further ones are refused.</summary>
    public int MaximumSockets { get; init; } = 10_000;

    /// <summary>Sockets of one key whose clients do not say which node they are; a further one closes the oldest, which is often dead without the exchange knowing.</summary>
    public int MaximumSocketsPerKey { get; init; } = 8;

    /// <summary>A socket must have subscribed by then.</summary>
    public TimeSpan SubscribeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>With nothing heard for so long, a socket is closed. Clients ping every 20 s.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>How often timeouts are looked for; a socket may live that much longer than its limit.</summary>
    public TimeSpan SweepInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The largest burst of messages of one key, over all its sockets, or on a socket before it has subscribed; more closes the socket.</summary>
    public int MessageBurst { get; init; } = 500;

    /// <summary>Messages per second of one key.</summary>
    public int MessageRatePerSecond { get; init; } = 50;

    /// <summary>The largest burst of bytes of one key; more closes the socket.</summary>
    public int ByteBurst { get; init; } = 4 * 1024 * 1024;

    /// <summary>Bytes per second of one key.</summary>
    public int ByteRatePerSecond { get; init; } = 256 * 1024;

    /// <summary>The largest burst of signals of one key, over all its sockets; more are refused one by one.</summary>
    public int SignalBurst { get; init; } = 600;

    /// <summary>Signals per second of one key.</summary>
    public int SignalRatePerSecond { get; init; } = 20;

    /// <summary>The largest burst of signals from one source, whatever their keys; more are refused one by one.</summary>
    public int SourceSignalBurst { get; init; } = 6_000;

    /// <summary>Signals per second from one source.</summary>
    public int SourceSignalRatePerSecond { get; init; } = 400;

    /// <summary>How long the rates of a key or a source outlive its last socket; longer than a full burst takes to come back.</summary>
    public TimeSpan RateMemory { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Rates remembered of keys and sources that have gone; further ones are forgotten at once.</summary>
    public int MaximumIdleRates { get; init; } = 20_000;

    /// <summary>Rooms at once.</summary>
    public int MaximumRooms { get; init; } = 4_096;

    /// <summary>Rooms that one key may be registered in.</summary>
    public int MaximumRoomsPerKey { get; init; } = 16;

    /// <summary>Rooms at once that keys of one source have opened.</summary>
    public int MaximumRoomsPerSource { get; init; } = 512;

    /// <summary>Keys remembered in a room: those that are there, then the latest of those that have left.</summary>
    public int MaximumKeysPerRoom { get; init; } = ExchangeMessage.MaximumKeys + 1;

    /// <summary>Places of a full room that one source keeps when another source wants one.</summary>
    public int MaximumKeysPerRoomAndSource { get; init; } = 25;

    /// <summary>How long a room remembers a key that has left.</summary>
    public TimeSpan RoomMemory { get; init; } = TimeSpan.FromHours(1);

    /// <summary>What the exchange remembers of signals; its memory bounds the exchange's rate to 4,369 signals a second.</summary>
    public SignalGateLimits Gate { get; init; } = new() { MaximumRemembered = 262_144, MaximumPerSender = 2_048 };
}
