using KillaBeez.Swarm.Links;

namespace KillaBeez.Actors.Logging;

/// <summary>
/// What the swarm writes to Akka.NET's log: every message once, with its level, so that they stay what they are
/// (docs/logging.md lists them). Where a level is off, nothing is made.
/// </summary>
internal static class SwarmLog
{
    private const string PeerIsUp = "Peer {Peer} is up";
    private const string PeerIsDown = "Peer {Peer} is down: {Reason}";
    private const string PeerHasStalled = "Peer {Peer} has stalled: it has no link, another is being made";
    private const string PeerHasResumed = "Peer {Peer} has resumed over another link";
    private const string LinkIsUp = "Link {Link} to peer {Peer} is up: {Kind}";
    private const string LinkIsDown = "Link {Link} to peer {Peer} is down: {Reason}";
    private const string CallHasFailed = "Call to peer {Peer} failed: {Reason}";
    private const string SignalWasNotTaken = "Signal from {Peer} was not taken: {Reason}";
    private const string SignalWasDropped = "Signal from {Peer} was dropped: {Reason}";
    private const string PeerIsQuarantined = "Peer {Peer} failed {Failures} times in a row at this side and is in quarantine for {Seconds} s";
    private const string ExchangeIsReady = "Exchange {Exchange} is ready";
    private const string ExchangeSaysOfClocks = "Exchange {Exchange} is ready, but for a clock: {Reason}";
    private const string ExchangeIsLost = "Exchange {Exchange} is lost: {Reason}";
    private const string ExchangeIsUnreachable = "Exchange {Exchange} cannot be reached: {Reason}";
    private const string NobodyToAnswer = "{Command} came without a sender and was not carried out: tell it from an actor";
    private const string StartHasFailed = "The node could not be started: {Reason}";
    private const string HandlerHasFailed = "A handler of the application failed at {Event}";

    public static void PeerUp(ILoggingAdapter log, PeerId peer)
    {
        if (log.IsInfoEnabled)
        {
            log.Info(PeerIsUp, peer.ToShortString());
        }
    }

    public static void PeerDown(ILoggingAdapter log, PeerId peer, string reason)
    {
        if (log.IsInfoEnabled)
        {
            log.Info(PeerIsDown, peer.ToShortString(), LogText.Quote(reason));
        }
    }

    public static void PeerStalled(ILoggingAdapter log, PeerId peer)
    {
        if (log.IsInfoEnabled)
        {
            log.Info(PeerHasStalled, peer.ToShortString());
        }
    }

    public static void PeerResumed(ILoggingAdapter log, PeerId peer)
    {
        if (log.IsInfoEnabled)
        {
            log.Info(PeerHasResumed, peer.ToShortString());
        }
    }

    public static void LinkUp(ILoggingAdapter log, long link, PeerId peer, LinkKind kind)
    {
        if (log.IsDebugEnabled)
        {
            log.Debug(LinkIsUp, link, peer.ToShortString(), kind);
        }
    }

    public static void LinkDown(ILoggingAdapter log, long link, PeerId peer, string reason)
    {
        if (log.IsDebugEnabled)
        {
            log.Debug(LinkIsDown, link, peer.ToShortString(), LogText.Quote(reason));
        }
    }

    /// <param name="log">Where to.</param>
    /// <param name="peer">Who was called.</param>
    /// <param name="reason">Why there is no session.</param>
    /// <param name="isAwaited">Whether the application has called; what the mesh tries of its own accord is of less interest.</param>
    public static void CallFailed(ILoggingAdapter log, PeerId peer, string reason, bool isAwaited)
    {
        if (isAwaited && log.IsInfoEnabled)
        {
            log.Info(CallHasFailed, peer.ToShortString(), LogText.Quote(reason));
        }
        else if (!isAwaited && log.IsDebugEnabled)
        {
            log.Debug(CallHasFailed, peer.ToShortString(), LogText.Quote(reason));
        }
    }

    /// <summary>A genuine signal that this node has no room for.</summary>
    public static void SignalNotTaken(ILoggingAdapter log, PeerId peer, string reason)
    {
        if (log.IsDebugEnabled)
        {
            log.Debug(SignalWasNotTaken, peer.ToShortString(), LogText.Quote(reason));
        }
    }

    /// <summary>A signal that is not what it should be; whose it is, is what it says.</summary>
    public static void SignalDropped(ILoggingAdapter log, PeerId from, Enum reason)
    {
        if (log.IsDebugEnabled)
        {
            log.Debug(SignalWasDropped, from.ToShortString(), reason);
        }
    }

    public static void Quarantined(ILoggingAdapter log, PeerId peer, int failures, TimeSpan duration)
    {
        if (log.IsWarningEnabled)
        {
            log.Warning(PeerIsQuarantined, peer.ToShortString(), failures, (long)duration.TotalSeconds);
        }
    }

    /// <summary>A ready exchange shows that a clock is wrong.</summary>
    public static void ExchangeClock(ILoggingAdapter log, Uri exchange, string reason)
    {
        if (log.IsWarningEnabled)
        {
            log.Warning(ExchangeSaysOfClocks, LogText.WithoutSecrets(exchange), LogText.Quote(reason));
        }
    }

    public static void ExchangeReady(ILoggingAdapter log, Uri exchange)
    {
        if (log.IsInfoEnabled)
        {
            log.Info(ExchangeIsReady, LogText.WithoutSecrets(exchange));
        }
    }

    /// <param name="log">Where to.</param>
    /// <param name="exchange">The exchange.</param>
    /// <param name="reason">Why it cannot be used.</param>
    /// <param name="wasReady">Whether it could be used before; null where it was not tried before.</param>
    public static void ExchangeNotReady(ILoggingAdapter log, Uri exchange, string reason, bool? wasReady)
    {
        // It is tried again and again: what is the case already is not said again to everybody.
        if (wasReady == false)
        {
            if (log.IsDebugEnabled)
            {
                log.Debug(ExchangeIsUnreachable, LogText.WithoutSecrets(exchange), LogText.Quote(reason));
            }
        }
        else if (log.IsWarningEnabled)
        {
            log.Warning(wasReady == true ? ExchangeIsLost : ExchangeIsUnreachable, LogText.WithoutSecrets(exchange), LogText.Quote(reason));
        }
    }

    public static void CommandWithoutSender(ILoggingAdapter log, object command)
    {
        if (log.IsWarningEnabled)
        {
            log.Warning(NobodyToAnswer, command.GetType().Name);
        }
    }

    public static void StartFailed(ILoggingAdapter log, string reason)
    {
        if (log.IsErrorEnabled)
        {
            log.Error(StartHasFailed, LogText.Quote(reason));
        }
    }

    public static void HandlerFailed(ILoggingAdapter log, string what, Exception failure)
    {
        if (log.IsErrorEnabled)
        {
            log.Error(failure, HandlerHasFailed, what);
        }
    }
}
