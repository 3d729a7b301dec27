using Akka.Streams;
using Akka.Streams.Stage;

namespace KillaBeez.Streams;

/// <summary>
/// One materialisation of a <see cref="SubstreamStage"/>: gets its substream, then reads on pull only and pulls only while no
/// flush waits. It ends when both directions have; whatever else ends it resets the substream.
/// </summary>
internal sealed class SubstreamLogic : InAndOutGraphStageLogic
{
    private readonly SubstreamStage _stage;
    private readonly StreamResult<OutgoingSubstream> _opened = new();
    private readonly StreamResult<Done> _completion = new();
    private readonly CancellationTokenSource _giveUp = new();
    private readonly Handover _opening;
    private readonly Action _requestFlush;
    private readonly Action<Exception> _onEnded;

    private Task<Substream>? _substreamTask;
    private Substream? _substream;
    private PipeReading? _reading;
    private PipeWriting? _writing;
    private bool _isFlushRequested;
    private bool _isInputOver;
    private bool _isOutputOver;
    private bool _isOver;
    private Exception? _failure;
    private volatile bool _isStopped;

    public SubstreamLogic(SubstreamStage stage)
        : base(stage.Shape)
    {
        _stage = stage;
        _opening = new Handover(GetAsyncCallback(OnOpeningDone), DiscardOpening);
        _requestFlush = GetAsyncCallback(OnTurnEnd);
        _onEnded = GetAsyncCallback<Exception>(OnEnded);
        SetHandler(stage.In, this);
        SetHandler(stage.Out, this);
    }

    public SubstreamTasks Tasks => new(_opened.Task, _completion.Task);

    public override void PreStart()
    {
        SetKeepGoing(true);
        _substreamTask = _stage.BeginAsync(_giveUp.Token);
        if (_substreamTask.IsCompleted)
        {
            Begin();
            return;
        }

        _opening.Begin();
        _substreamTask.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_opening.Complete);
    }

    /// <summary>Upstream to pipe. Small elements that follow each other in one turn share a flush at its end.</summary>
    public override void OnPush()
    {
        try
        {
            _writing!.Write(Grab(_stage.In));
            GoOnWriting();
        }
#pragma warning disable CA1031 // Whatever a pipe fails with fails the stream.
        catch (Exception e)
#pragma warning restore CA1031
        {
            FailWith(e);
        }
    }

    public override void OnUpstreamFinish()
    {
        if (_writing?.IsThrough == true)
        {
            FinishOutput();
        }
    }

    /// <summary>Where everything is ended from outside, that too comes as a failure of what is upstream.</summary>
    public override void OnUpstreamFailure(Exception e) =>
        Fail(e, e is AbruptTerminationException ? SwarmStreamCodes.Aborted : SwarmStreamCodes.UpstreamFailed);

    /// <summary>Pipe to downstream.</summary>
    public override void OnPull()
    {
        if (_reading is { IsOutstanding: false })
        {
            Read();
        }
    }

    public override void OnDownstreamFinish(Exception cause)
    {
        if (_reading is null)
        {
            // Nobody wants what is being opened any more.
            _isOver = true;
            CompleteStage();
            return;
        }

        FinishInput();
    }

    public override void PostStop()
    {
        _isStopped = true;
        if (!_isOver && _failure is null)
        {
            _failure = new AbruptStageTerminationException(this);
            _substream?.Reset(SwarmStreamCodes.Aborted);
        }

        if (_substream is null)
        {
            _giveUp.Cancel();
            _opening.Abandon();
        }
        else
        {
            _reading!.Abandon();
            _writing!.Abandon();
        }

        _giveUp.Dispose();
        Settle();
    }

    private void Settle()
    {
        if (_failure is not null)
        {
            _opened.Fail(_failure, Materializer);
            _completion.Fail(_failure, Materializer);
        }
        else if (_substream is null)
        {
            _opened.Cancel(Materializer);
            _completion.Cancel(Materializer);
        }
        else
        {
            _completion.Succeed(Done.Instance, Materializer);
        }
    }

    private void OnOpeningDone()
    {
        if (_opening.TryTake())
        {
            Begin();
        }
    }

    private void Begin()
    {
        try
        {
            var substream = _substreamTask!.GetAwaiter().GetResult();
            _reading = new PipeReading(substream.Input, _stage.MaxElementBytes, GetAsyncCallback(OnReadReady));
            _writing = new PipeWriting(substream.Output, GetAsyncCallback(OnFlushed));
            _substream = substream;
        }
#pragma warning disable CA1031 // Whatever opening fails with fails the stream.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Fail(e, code: null);
            return;
        }

        // A stream whose sink stalls reads nothing, and would not hear that the substream is no more. Our pipes do call back.
#pragma warning disable CS0618 // It is obsolete because not every PipeWriter does.
        _substream.Output.OnReaderCompleted(static (error, logic) => ((SubstreamLogic)logic!).NoteEnd(error), this);
#pragma warning restore CS0618
        _opened.Succeed(new OutgoingSubstream(_substream, _completion.Task), Materializer);
        if (IsClosed(_stage.In))
        {
            FinishOutput();
        }
        else
        {
            Pull(_stage.In);
        }

        if (IsAvailable(_stage.Out))
        {
            Read();
        }
    }

    /// <summary>The stage ended before the substream came; one that has come all the same is nobody's.</summary>
    private void DiscardOpening()
    {
        if (_substreamTask is { IsCompletedSuccessfully: true } opened)
        {
            var substream = opened.Result;
            substream.Reset(SwarmStreamCodes.Aborted);
            substream.Output.Complete();
            substream.Input.Complete();
        }
        else
        {
            _ = _substreamTask?.Exception;
        }
    }

    private void GoOnWriting()
    {
        if (_writing!.IsReaderGone)
        {
            Cancel(_stage.In);
            FinishOutput();
        }
        else if (_writing.IsThrough)
        {
            PullNext();
        }
    }

    private void PullNext()
    {
        if (IsClosed(_stage.In))
        {
            FinishOutput();
            return;
        }

        if (_writing!.HasUnflushed && !_isFlushRequested)
        {
            _isFlushRequested = true;
            _requestFlush();
        }

        if (!HasBeenPulled(_stage.In))
        {
            Pull(_stage.In);
        }
    }

    /// <summary>The upstream had no more to give in this turn.</summary>
    private void OnTurnEnd()
    {
        _isFlushRequested = false;
        if (_isOutputOver)
        {
            return;
        }

        try
        {
            _writing!.Flush();
            if (_writing.IsReaderGone)
            {
                GoOnWriting();
            }
        }
#pragma warning disable CA1031 // Whatever a pipe fails with fails the stream.
        catch (Exception e)
#pragma warning restore CA1031
        {
            FailWith(e);
        }
    }

    private void OnFlushed()
    {
        try
        {
            _writing!.Resume();
            if (!_isOutputOver)
            {
                GoOnWriting();
            }
        }
#pragma warning disable CA1031 // Whatever a pipe fails with fails the stream.
        catch (Exception e)
#pragma warning restore CA1031
        {
            FailWith(e);
        }
    }

    private void Read()
    {
        try
        {
            if (_reading!.TryRead(out var element, out var isEnd))
            {
                Deliver(element, isEnd);
            }
        }
#pragma warning disable CA1031 // Whatever a pipe fails with fails the stream.
        catch (Exception e)
#pragma warning restore CA1031
        {
            FailWith(e);
        }
    }

    private void OnReadReady()
    {
        try
        {
            if (_reading!.TryTake(out var element, out var isEnd))
            {
                Deliver(element, isEnd);
            }
            else if (!_isInputOver && !_reading.IsOutstanding)
            {
                Read();
            }
        }
#pragma warning disable CA1031 // Whatever a pipe fails with fails the stream.
        catch (Exception e)
#pragma warning restore CA1031
        {
            FailWith(e);
        }
    }

    private void Deliver(ReadOnlyMemory<byte> element, bool isEnd)
    {
        if (!element.IsEmpty)
        {
            Push(_stage.Out, element);
        }

        if (isEnd)
        {
            Complete(_stage.Out);
            FinishInput();
        }
    }

    private void FinishInput()
    {
        _isInputOver = true;
        _reading!.Abandon();
        EndIfOver();
    }

    private void FinishOutput()
    {
        _isOutputOver = true;
        _writing!.Abandon();
        EndIfOver();
    }

    private void EndIfOver()
    {
        if (_isInputOver && _isOutputOver)
        {
            _isOver = true;
            CompleteStage();
        }
    }

    /// <summary>The substream is over at this side; called by its pipe, from any thread.</summary>
    private void NoteEnd(Exception? error)
    {
        if (error is not null && !_isStopped)
        {
            _onEnded(error);
        }
    }

    /// <summary>
    /// The substream failed. A read that waits says so itself, and what a peer said that had ended its direction in order
    /// before may still be read.
    /// </summary>
    private void OnEnded(Exception error)
    {
        try
        {
            if (!_reading!.IsOutstanding && (_isInputOver || !_reading.HasRegularEnd()))
            {
                FailWith(error);
            }
        }
#pragma warning disable CA1031 // Whatever a pipe fails with fails the stream.
        catch (Exception e)
#pragma warning restore CA1031
        {
            FailWith(e);
        }
    }

    /// <summary>A substream that failed needs no reset; what else went wrong, such as another reader of its pipe, does.</summary>
    private void FailWith(Exception e) => Fail(e, e is KillaBeezException ? null : SwarmStreamCodes.Aborted);

    private void Fail(Exception e, uint? code)
    {
        _failure = e;
        if (code is { } resetCode)
        {
            _substream?.Reset(resetCode);
        }

        FailStage(e);
    }
}
