namespace KillaBeez.Messages;

/// <summary>
/// Opens a substream to a node, which is called where it is not connected. Answered by <see cref="SubstreamOpened"/> or
/// <see cref="SubstreamRefused"/>.
/// </summary>
/// <param name="To">The node's key.</param>
/// <param name="Type">What it is for: 1 to 255 bytes of UTF-8.</param>
/// <param name="Metadata">At most 4 KiB that the peer sees before it accepts; not changed afterwards.</param>
public sealed record OpenSubstream(PeerId To, string Type, ReadOnlyMemory<byte> Metadata = default) : SwarmCommand
{
    internal override object Failure(KillaBeezError error, string reason) => new SubstreamRefused(To, Type, error, reason);
}

/// <summary>The answer to <see cref="OpenSubstream"/>: the peer has accepted.</summary>
/// <param name="Substream">The substream; the receiver disposes it.</param>
public sealed record SubstreamOpened(Substream Substream) : INoSerializationVerificationNeeded;

/// <summary>The answer to <see cref="OpenSubstream"/>: the peer was not reached, or did not accept.</summary>
/// <param name="To">The peer.</param>
/// <param name="Type">What it was for.</param>
/// <param name="Error">What went wrong.</param>
/// <param name="Reason">Why, for people; with the peer's code and text where it refused.</param>
public sealed record SubstreamRefused(PeerId To, string Type, KillaBeezError Error, string Reason) : INoSerializationVerificationNeeded;

/// <summary>
/// From now on the sender is told of every substream of a type that a peer opens, as an <see cref="SubstreamOffered"/>
/// that it accepts or refuses. Answered by <see cref="Listening"/> or <see cref="ListenFailed"/>. It ends with
/// <see cref="StopListening"/> and with the sender, which is watched.
/// </summary>
/// <param name="Type">1 to 255 bytes of UTF-8; at each node one listener at a time has it.</param>
public sealed record Listen(string Type) : SwarmCommand
{
    internal override object Failure(KillaBeezError error, string reason) => new ListenFailed(Type, error, reason);
}

/// <summary>The sender listens no more for a type of substreams. What was offered to it and not accepted yet is refused.</summary>
/// <param name="Type">The type.</param>
/// <exception cref="ArgumentNullException">It is null.</exception>
public sealed record StopListening(string Type) : SwarmCommand
{
    /// <summary>The type.</summary>
    public string Type { get; } = Type ?? throw new ArgumentNullException(nameof(Type));

    internal override object? Failure(KillaBeezError error, string reason) => null;
}

/// <summary>The answer to <see cref="Listen"/>: offers follow.</summary>
/// <param name="Type">The type.</param>
public sealed record Listening(string Type) : INoSerializationVerificationNeeded;

/// <summary>The answer to <see cref="Listen"/>: somebody else listens for that type, or it is not one of an application's.</summary>
/// <param name="Type">The type.</param>
/// <param name="Error">What went wrong.</param>
/// <param name="Reason">Why, for people.</param>
public sealed record ListenFailed(string Type, KillaBeezError Error, string Reason) : INoSerializationVerificationNeeded;
