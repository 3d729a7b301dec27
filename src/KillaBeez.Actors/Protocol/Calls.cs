namespace KillaBeez.Messages;

/// <summary>
/// Calls a node by its public key. Answered by <see cref="CallSucceeded"/>, at once where it is connected already, or by
/// <see cref="CallFailed"/>.
/// </summary>
/// <param name="Target">The node's key.</param>
/// <param name="Timeout">How long the sender wants to wait; null or infinite: the node's call-timeout, which also bounds it.</param>
public sealed record Call(PeerId Target, TimeSpan? Timeout = null) : SwarmCommand
{
    internal override object Failure(KillaBeezError error, string reason) => new CallFailed(Target, error, reason);
}

/// <summary>The answer to <see cref="Call"/>: there is a session with the peer.</summary>
/// <param name="Peer">The peer.</param>
public sealed record CallSucceeded(Peer Peer) : INoSerializationVerificationNeeded;

/// <summary>The answer to <see cref="Call"/>: nobody knows the key, nobody answered in time, or no path was found.</summary>
/// <param name="Target">Who was called.</param>
/// <param name="Error">What went wrong.</param>
/// <param name="Reason">Why, for people.</param>
public sealed record CallFailed(PeerId Target, KillaBeezError Error, string Reason) : INoSerializationVerificationNeeded;
