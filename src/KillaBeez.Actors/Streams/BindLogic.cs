using System.Globalization;
using Akka.Streams;
using Akka.Streams.Stage;
using KillaBeez.Actors.Handles;

namespace KillaBeez.Streams;

/// <summary>
/// One materialisation of a <see cref="BindStage"/>. An offer is waiting until it is pulled, then handed out until its flow is
/// materialised; a timer for each refuses it. When the binding ends in order, what was handed out keeps its time: a flow is
/// materialised by an actor that has only just been started.
/// </summary>
internal sealed class BindLogic : TimerGraphStageLogic, IOutHandler
{
    public const string UnboundReason = "nobody here takes substreams of this type any more";

    private readonly BindStage _stage;
    private readonly StreamResult<SubstreamBinding> _binding = new();
    private readonly StreamResult<Done> _unbound = new();
    private readonly OfferBacklog _backlog;
    private readonly Action<long> _onAnswered;
    private readonly Action _onUnbind;
    private readonly Action _onNodeEnded;

    // In the order in which they came, which is that of their timers; and no hash decides who is refused first at the end.
    private readonly Queue<(long Number, SubstreamOffer Offer)> _waiting = new();
    private readonly SortedDictionary<long, IncomingSubstream> _handedOut = [];
    private IDisposable? _registration;
    private long _lastNumber;
    private bool _isUnbound;

    public BindLogic(BindStage stage)
        : base(stage.Shape)
    {
        _stage = stage;
        _onAnswered = GetAsyncCallback<long>(OnAnswered);
        _onUnbind = GetAsyncCallback(Unbind);
        _onNodeEnded = GetAsyncCallback(CompleteStage);
        _backlog = new OfferBacklog(stage.Options.Backlog, GetAsyncCallback(OnArrived), _onNodeEnded);
        SetHandler(stage.Out, this);
    }

    public Task<SubstreamBinding> Binding => _binding.Task;

    public override void PreStart()
    {
        try
        {
            _registration = _stage.Listeners.TryListen(_stage.Type, _backlog);
        }
        catch (KillaBeezException e)
        {
            FailToBind(e);
            return;
        }

        if (_registration is null)
        {
            FailToBind(new InvalidOperationException($"Substreams of the type '{_stage.Type}' are taken by another stream or actor of this node already. End that one first, or choose another type."));
            return;
        }

        _binding.Succeed(new SubstreamBinding(_stage.Type, _onUnbind, _unbound.Task), Materializer);
    }

    public void OnPull() => PushNext();

    public void OnDownstreamFinish(Exception cause)
    {
        if (cause is SubscriptionWithCancelException.NonFailureCancellation)
        {
            Unbind();
        }
        else
        {
            // What took the substreams has failed: nobody will accept what it had.
            CompleteStage();
        }
    }

    public override void PostStop()
    {
        StopListening();
        foreach (var incoming in _handedOut.Values)
        {
            incoming.TryRefuse(SwarmStreamCodes.Unbound, UnboundReason);
        }
    }

    protected override void OnTimer(object timerKey)
    {
        var number = (long)timerKey;
        var reason = string.Create(CultureInfo.InvariantCulture, $"it was not accepted within {_stage.Options.AcceptTimeout.TotalSeconds:0.###} s");
        if (_handedOut.Remove(number, out var incoming))
        {
            incoming.TryRefuse(SwarmStreamCodes.NotAccepted, reason);
        }
        else if (_waiting.TryPeek(out var first) && first.Number == number)
        {
            _waiting.Dequeue();
            _backlog.Release();
            first.Offer.Refuse(SwarmStreamCodes.NotAccepted, reason);
        }

        EndIfOver();
    }

    private void Unbind()
    {
        SetKeepGoing(true);
        StopListening();
        if (!IsClosed(_stage.Out))
        {
            Complete(_stage.Out);
        }

        EndIfOver();
    }

    /// <summary>The type is free again, and nothing of what was not handed out will be.</summary>
    private void StopListening()
    {
        if (_isUnbound)
        {
            return;
        }

        _isUnbound = true;
        _registration?.Dispose();
        _backlog.Close();
        while (_waiting.TryDequeue(out var next))
        {
            next.Offer.Refuse(SwarmStreamCodes.Unbound, UnboundReason);
        }

        _unbound.Succeed(Done.Instance, Materializer);
    }

    private void EndIfOver()
    {
        if (_isUnbound && _handedOut.Count == 0)
        {
            CompleteStage();
        }
    }

    private void FailToBind(Exception failure)
    {
        _binding.Fail(failure, Materializer);
        FailStage(failure);
    }

    private void OnArrived()
    {
        while (_backlog.TryTake(out var offer))
        {
            var number = ++_lastNumber;
            _waiting.Enqueue((number, offer));
            ScheduleOnce(number, _stage.Options.AcceptTimeout);
        }

        if (IsAvailable(_stage.Out))
        {
            PushNext();
        }
    }

    private void PushNext()
    {
        if (!_waiting.TryDequeue(out var next))
        {
            return;
        }

        _backlog.Release();
        var incoming = new IncomingSubstream(next.Offer, _stage.Options.MaxElementBytes, () => _onAnswered(next.Number));
        _handedOut.Add(next.Number, incoming);
        Push(_stage.Out, incoming);
    }

    private void OnAnswered(long number)
    {
        _handedOut.Remove(number);
        CancelTimer(number);
        EndIfOver();
    }
}
