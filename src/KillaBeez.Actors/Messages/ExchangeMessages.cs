using KillaBeez.Swarm.Calls;
using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Actors.Messages;

/// <summary>Between the signal exchanges and their parent.</summary>
internal static class ExchangeMessages
{
    /// <summary>Carries a signal.</summary>
    public sealed record Send(SealedSignal Signal) : ILateMessage;

    /// <summary>To the parent: an exchange became ready or was lost.</summary>
    public sealed record State(int Index, bool IsReady, string? Reason) : ILateMessage;

    /// <summary>To the parent: a signal from an exchange.</summary>
    public sealed record Received(int Index, SealedSignal Signal) : ILateMessage;

    /// <summary>To the parent: an exchange did not take a signal.</summary>
    public sealed record Rejected(int Index, SignalId Id, CallFailure Failure, string Reason) : ILateMessage;
}
