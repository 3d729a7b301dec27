using KillaBeez.Actors.Transport;
using KillaBeez.Swarm.Calls;
using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Actors.Messages;

/// <summary>Between the guardian and the signal exchanges.</summary>
internal static class ExchangeMessages
{
    /// <summary>A signal for one of the exchanges.</summary>
    public sealed record ToExchange(int Index, Send Message) : ILateMessage;

    /// <summary>Carries a signal.</summary>
    public sealed record Send(SealedSignal Signal) : ILateMessage;

    /// <summary>
    /// To the guardian: an exchange became ready or was lost, with the reason; or it is ready as before, and the reason says
    /// what is wrong with a clock, or that nothing is any more.
    /// </summary>
    public sealed record State(int Index, bool IsReady, string? Reason) : ILateMessage;

    /// <summary>To the guardian: a signal from an exchange.</summary>
    /// <param name="Signal">The signal.</param>
    /// <param name="From">Is told by the guardian when the signal has been dealt with, so that the next one is read.</param>
    public sealed record Received(SealedSignal Signal, IExchangeConnection? From = null) : ILateMessage;

    /// <summary>To the guardian: an exchange did not take a signal.</summary>
    public sealed record Rejected(SignalId Id, CallFailure Failure, string Reason) : ILateMessage;
}
