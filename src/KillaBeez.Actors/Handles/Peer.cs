using KillaBeez.Actors.Handles;
using KillaBeez.Actors.Replies;

namespace KillaBeez;

/// <summary>
/// A remote node this node has, or had, a session with. Thread-safe. Once disconnected it stays so; when the
/// node is reached again, <see cref="SwarmNode.PeerConnected"/> brings another <see cref="Peer"/>.
/// </summary>
public sealed class Peer
{
    private readonly IPeerCommands _commands;
    private readonly ReplyScope _replies;
    private long _roundTripMicroseconds = -1;
    private volatile bool _isConnected = true;

    internal Peer(PeerId id, IPeerCommands commands, bool inSimulation)
    {
        Id = id;
        _commands = commands;
        _replies = new ReplyScope(inSimulation);
    }

    /// <summary>The node's public key.</summary>
    public PeerId Id { get; }

    /// <summary>Whether the session lives; true also while it waits for a new link.</summary>
    public bool IsConnected => _isConnected;

    /// <summary>The last measured round trip through the session, or null before the first measurement.</summary>
    public TimeSpan? RoundTripTime
    {
        get
        {
            var microseconds = Interlocked.Read(ref _roundTripMicroseconds);
            return microseconds < 0 ? null : TimeSpan.FromMicroseconds(microseconds);
        }
    }

    /// <summary>
    /// Measures the round trip now, through everything that application data passes. About 30 at once and 10 a second
    /// are possible.
    /// </summary>
    /// <exception cref="KillaBeezException">The session ended meanwhile, or there were too many (LimitExceeded).</exception>
    public Task<TimeSpan> PingAsync(CancellationToken cancellationToken = default) =>
        RequestAsync<TimeSpan>(reply => _commands.Ping(this, reply), cancellationToken);

    /// <summary>Opens a substream and waits until the peer has accepted it.</summary>
    /// <param name="type">What it is for: 1 to 255 bytes of UTF-8. Names in use by the swarm itself are refused.</param>
    /// <param name="cancellationToken">Gives up waiting; a substream accepted later is reset.</param>
    /// <exception cref="KillaBeezException">The peer refused (with its code and text), or the session ended.</exception>
    public Task<Substream> OpenAsync(string type, CancellationToken cancellationToken = default) =>
        OpenAsync(type, ReadOnlyMemory<byte>.Empty, cancellationToken);

    /// <summary>Opens a substream with metadata and waits until the peer has accepted it.</summary>
    /// <param name="type">What it is for: 1 to 255 bytes of UTF-8. Names in use by the swarm itself are refused.</param>
    /// <param name="metadata">At most 4 KiB that the peer sees before it accepts.</param>
    /// <param name="cancellationToken">Gives up waiting; a substream accepted later is reset.</param>
    /// <exception cref="ArgumentException">The type or the metadata is too long, or the type is reserved.</exception>
    /// <exception cref="KillaBeezException">The peer refused (with its code and text), or the session ended.</exception>
    public Task<Substream> OpenAsync(string type, ReadOnlyMemory<byte> metadata, CancellationToken cancellationToken = default)
    {
        SubstreamTypes.ThrowUnlessApplicationType(type);
        SubstreamTypes.ThrowIfTooLong(metadata);
        return RequestAsync<Substream>(reply => _commands.Open(this, type, metadata, reply), cancellationToken);
    }

    /// <summary>
    /// Ends the session in order: everything both sides have written is delivered first, except what a reader that
    /// does not read leaves behind for 5 s. The node is not called again until it calls or is called anew.
    /// </summary>
    public Task CloseAsync(CancellationToken cancellationToken = default) => _isConnected
        ? RequestAsync<bool>(reply => _commands.Close(this, reply), cancellationToken)
        : Task.CompletedTask;

    /// <inheritdoc/>
    public override string ToString() => Id.ToShortString();

    internal void SetRoundTripTime(TimeSpan roundTrip) =>
        Interlocked.Exchange(ref _roundTripMicroseconds, (long)roundTrip.TotalMicroseconds);

    /// <summary>The session is over: nothing that was asked of it, now or later, is waited for.</summary>
    internal void SetDisconnected(string reason)
    {
        _isConnected = false;
        _replies.End(KillaBeezError.SessionLost, $"The session with {this} is over: {reason}.");
    }

    private Task<T> RequestAsync<T>(Action<PendingReply<T>> request, CancellationToken cancellationToken)
    {
        var reply = new PendingReply<T>(_replies, cancellationToken);
        if (!reply.IsCompleted)
        {
            request(reply);
        }

        return reply.Task;
    }
}
