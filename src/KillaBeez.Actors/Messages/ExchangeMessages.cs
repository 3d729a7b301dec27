using KillaBeez.Actors.Transport;
using KillaBeez.Swarm.Calls;
using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Actors.Messages;

/// <summary>Between the signal exchanges and their parent.</summary>
internal static class ExchangeMessages
{
    /// <summary>Carries a signal.</summary>
    public sealed record Send(SealedSignal Signal) : ILateMessage;

    /// <summary>
    /// To the parent: an exchange became ready or was lost, with the reason; or it is ready as before, and the reason says
    /// what is wrong with a clock, or that nothing is any more.
    /// </summary>
    public sealed record State(int Index, bool IsReady, string? Reason) : ILateMessage;

    /// <summary>To the parent: a signal from an exchange.</summary>
    /// <param name="Index">Which exchange.</param>
    /// <param name="Signal">The signal.</param>
    /// <param name="From">Is told when the signal has been dealt with, so that the next one is read.</param>
    public sealed record Received(int Index, SealedSignal Signal, IExchangeConnection? From = null) : ILateMessage;

    /// <summary>To the parent: an exchange did not take a signal.</summary>
    public sealed record Rejected(int Index, SignalId Id, CallFailure Failure, string Reason) : ILateMessage;
}
