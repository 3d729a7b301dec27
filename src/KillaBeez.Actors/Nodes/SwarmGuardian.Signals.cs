using KillaBeez.Actors.Handles;
using KillaBeez.Actors.Logging;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Signaling;
using KillaBeez.Swarm.Calls;
using KillaBeez.Swarm.Signaling;
using KillaBeez.Swarm.Signaling.Routing;

namespace KillaBeez.Actors.Nodes;

/// <content>Signals: sealed and sent out by the best way, checked and opened when they come in, carried for others.</content>
internal sealed partial class SwarmGuardian
{
    private static readonly TimeSpan _signalLifetime = TimeSpan.FromSeconds(30);

    private SignalGate _gate = null!;
    private SignalRouterEngine _router = null!;
    private readonly OutgoingSignals _outgoing = new();

    /// <summary>Null until an exchange was tried.</summary>
    private bool?[] _exchangeReady = [];

    private readonly long[] _unopened = new long[Enum.GetValues<SignalOpenError>().Length];
    private string? _exchangeProblem;

    private void ReceiveSignals()
    {
        Receive<GuardianMessages.SendSignal>(m => SendOut(m.To, m.Content, m.Via));
        Receive<ExchangeMessages.State>(OnExchangeState);
        Receive<ExchangeMessages.Received>(m =>
        {
            try
            {
                OnExchangeSignal(m.Signal);
            }
            finally
            {
                m.From?.Taken();
            }
        });
        Receive<ExchangeMessages.Rejected>(m => TryNextWay(m.Id, m.Failure, m.Reason));
        Receive<GossipMessages.Carriers>(OnCarriers);
        Receive<GossipMessages.Admission>(OnAdmission);
        Receive<GuardianMessages.AskCounters>(m => m.Answer(new SignalCounters(
            Enum.GetValues<SignalVerdict>().ToDictionary(verdict => verdict, _gate.CountOf),
            Enum.GetValues<SignalOpenError>().ToDictionary(error => error, error => _unopened[(int)error]))));
    }

    private void SendOut(PeerId to, SignalContent content, PeerId? via)
    {
        var signal = SignalSealer.Seal(_environment.Identity, to, content, UnixMs, _environment.Random);
        var entry = _outgoing.Add(Now, signal, content.Call, via, _signalLifetime);
        if (entry is not null)
        {
            TakeNextWay(entry);
        }
    }

    private void TryNextWay(SignalId id, CallFailure failure, string reason)
    {
        if (_outgoing.Find(id) is { } entry)
        {
            entry.Failure = failure;
            entry.LastFailure = reason;
            TakeNextWay(entry);
        }
    }

    private void TakeNextWay(OutgoingSignals.Entry entry)
    {
        entry.IsWaiting = false;
        if (entry.Via is { } via)
        {
            entry.Via = null;
            if (TrySendThrough(via, entry.Signal))
            {
                return;
            }
        }

        while (entry.NextExchange < _exchangeReady.Length)
        {
            var exchange = entry.NextExchange++;
            if (_exchangeReady[exchange] == true)
            {
                _signaling.Tell(new ExchangeMessages.ToExchange(exchange, new ExchangeMessages.Send(entry.Signal)));
                return;
            }
        }

        if (entry.Carriers is null)
        {
            _gossip.Tell(new GossipMessages.FindCarriers(entry.Signal.Id, entry.Signal.To));
            return;
        }

        while (entry.Carriers.TryDequeue(out var carrier))
        {
            if (TrySendThrough(carrier, entry.Signal))
            {
                return;
            }
        }

        GiveUpOrWait(entry);
    }

    private void GiveUpOrWait(OutgoingSignals.Entry entry)
    {
        if (_exchangeReady.Length > 0 && !_exchangeReady.Contains(true))
        {
            // An exchange may come back while the signal is still good.
            entry.IsWaiting = true;
            TellPeer(entry.Signal.To, new PeerMessages.SignalDelayed(_exchangeProblem ?? "no exchange is connected yet"), create: false);
            return;
        }

        _outgoing.Remove(entry);
        TellPeer(entry.Signal.To, new PeerMessages.SignalUndeliverable(entry.Call, entry.Failure, entry.LastFailure), create: false);
    }

    private void OnCarriers(GossipMessages.Carriers message)
    {
        if (_outgoing.Find(message.Signal) is { } entry)
        {
            // Where gossip knows nobody, a few peers are asked all the same: they may have met the receiver since.
            var carriers = message.Peers.Count > 0 ? message.Peers : [.. _connected.Keys.Order().Take(3)];
            entry.Carriers = new Queue<PeerId>(carriers);
            TakeNextWay(entry);
        }
    }

    private bool TrySendThrough(PeerId carrier, SealedSignal signal)
    {
        var sent = _router.Send(carrier, signal);
        TurnRouter();
        return sent;
    }

    private void OnExchangeState(ExchangeMessages.State message)
    {
        var exchange = _environment.Options.Exchanges[message.Index];
        if (message.IsReady)
        {
            SwarmLog.ExchangeReady(_log, exchange);
        }
        else
        {
            SwarmLog.ExchangeNotReady(_log, exchange, message.Reason ?? string.Empty, _exchangeReady[message.Index]);
        }

        _exchangeReady[message.Index] = message.IsReady;
        _exchangeProblem = message.IsReady ? null : $"{exchange}: {message.Reason}";
        _events.Publish(new ExchangeStateEvent(exchange, message.IsReady, message.Reason));
        if (message.IsReady)
        {
            foreach (var entry in _outgoing.Waiting())
            {
                entry.NextExchange = message.Index;
                TakeNextWay(entry);
            }
        }
    }

    private void OnExchangeSignal(SealedSignal signal)
    {
        var verdict = _gate.Check(Now, UnixMs, signal);
        if (verdict == SignalVerdict.Accepted)
        {
            Open(signal, via: null);
        }
        else
        {
            SwarmLog.SignalDropped(_log, signal.From, verdict);
        }
    }

    /// <summary>Hands an accepted signal to the peer it is from.</summary>
    private void Open(SealedSignal signal, PeerId? via)
    {
        var isOpen = SignalSealer.TryOpen(_environment.Identity, signal, out var content, out var error);
        _unopened[(int)error]++;
        if (!isOpen)
        {
            SwarmLog.SignalDropped(_log, signal.From, error);
        }
        else
        {
            var message = new PeerMessages.SignalReceived(content!, via);
            if (content!.Kind is SignalKind.Offer or SignalKind.Inform && !_connected.ContainsKey(signal.From))
            {
                AskAdmission(signal.From, message, content.Call, via);
            }
            else
            {
                TellPeer(signal.From, message, create: false);
            }
        }
    }

    private void AskAdmission(PeerId peer, IInternalMessage message, SignalCallId call, PeerId? via) =>
        _gossip.Tell(new GossipMessages.AskAdmission(peer, new GossipMessages.Admission(peer, message, call, via, IsGranted: false)));

    private void OnAdmission(GossipMessages.Admission admission)
    {
        if (admission.IsGranted)
        {
            TellPeer(admission.Peer, admission.Message, create: true);
        }
        else if (admission.Call != default)
        {
            // The caller is told, so that it does not call again and again.
            var refusal = new SignalContent { Kind = SignalKind.Goodbye, Call = admission.Call, Body = CallEngine.RefusedReason };
            SendOut(admission.Peer, refusal, admission.Via);
        }
    }

    private void OnRoutedData(PeerId from, byte[] data)
    {
        _router.HandleData(Now, UnixMs, from, data);
        TurnRouter();
    }

    private void TurnRouter()
    {
        while (_router.TryPollTransmit(out var to, out var frame))
        {
            TellPeer(to, new PeerMessages.SendControl(SubstreamTypes.Signal, frame), create: false);
        }

        while (_router.TryPollEvent(out var e))
        {
            switch (e)
            {
                case SignalRouterEvent.SignalReceived received:
                    Open(received.Signal, received.Via);
                    break;
                case SignalRouterEvent.Undeliverable undeliverable:
                    TryNextWay(undeliverable.Id, CallFailure.PeerUnknown, $"{undeliverable.Via.ToShortString()} could not carry the call: {undeliverable.Reason}");
                    break;
                case SignalRouterEvent.Informed informed:
                    AskAdmission(informed.About, new PeerMessages.Connect(Reply: null, informed.Via), default, informed.Via);
                    break;
                case SignalRouterEvent.Violated violated:
                    TellPeer(violated.Peer, new PeerMessages.BrokeProtocol(violated.Reason), create: false);
                    break;
                default:
                    break;
            }
        }
    }
}
