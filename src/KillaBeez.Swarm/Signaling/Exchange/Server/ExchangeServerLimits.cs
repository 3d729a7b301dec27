using KillaBeez.Swarm.Signaling.Exchange.Messages;

namespace KillaBeez.Swarm.Signaling.Exchange.Server;

/// <summary>Every limit and interval of an <see cref="ExchangeServerEngine"/>.</summary>
internal sealed record ExchangeServerLimits
{
    /// <summary>Sockets at once; further ones are refused.</summary>
    public int MaximumSockets { get; init; } = 10_000;

    /// <summary>Sockets of one key; a further one closes the oldest, which is often dead without the exchange knowing.</summary>
    public int MaximumSocketsPerKey { get; init; } = 8;

    /// <summary>A socket must have subscribed by then.</summary>
    public TimeSpan SubscribeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>With nothing heard for so long, a socket is closed. Clients ping every 20 s.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>How often timeouts are looked for; a socket may live that much longer than its limit.</summary>
    public TimeSpan SweepInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The largest burst of messages on one socket; more closes it.</summary>
    public int MessageBurst { get; init; } = 500;

    /// <summary>Messages per second on one socket.</summary>
    public int MessageRatePerSecond { get; init; } = 50;

    /// <summary>The largest burst of bytes on one socket; more closes it.</summary>
    public int ByteBurst { get; init; } = 4 * 1024 * 1024;

    /// <summary>Bytes per second on one socket.</summary>
    public int ByteRatePerSecond { get; init; } = 256 * 1024;

    /// <summary>The largest burst of signals of one key, over all its sockets; more are refused one by one.</summary>
    public int SignalBurst { get; init; } = 600;

    /// <summary>Signals per second of one key.</summary>
    public int SignalRatePerSecond { get; init; } = 20;

    /// <summary>Rooms at once.</summary>
    public int MaximumRooms { get; init; } = 4_096;

    /// <summary>Rooms that one socket may register in.</summary>
    public int MaximumRoomsPerSocket { get; init; } = 16;

    /// <summary>Keys remembered in a room, the latest ones.</summary>
    public int MaximumKeysPerRoom { get; init; } = ExchangeMessage.MaximumKeys + 1;

    /// <summary>How long a room remembers a key that has left.</summary>
    public TimeSpan RoomMemory { get; init; } = TimeSpan.FromHours(1);

    /// <summary>What the exchange remembers of signals; its memory bounds the exchange's rate to 4,369 signals a second.</summary>
    public SignalGateLimits Gate { get; init; } = new() { MaximumRemembered = 262_144, MaximumPerSender = 2_048 };
}
