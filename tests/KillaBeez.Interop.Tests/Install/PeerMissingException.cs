namespace KillaBeez.Interop.Tests.Install;

/// <summary>A foreign stack is not on this machine and could not be put there; the message names what is missing.</summary>
internal sealed class PeerMissingException(string message) : Exception(message);
