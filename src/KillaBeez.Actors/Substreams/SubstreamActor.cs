using System.Buffers;
using System.IO.Pipelines;
using KillaBeez.Actors.Handles;
using KillaBeez.Actors.Messages;
using KillaBeez.Swarm.Multiplexing;

namespace KillaBeez.Actors.Substreams;

/// <summary>
/// One substream: moves bytes between the application's pipes and the multiplexer, which the peer's actor owns.
/// It asks for more of the application's bytes only when the last were taken, so no credit means no reading.
/// When it fails, the substream is reset and nothing else is harmed.
/// </summary>
internal sealed class SubstreamActor : UntypedActor
{
    private sealed record ReadDone(ReadResult Result) : ILateMessage;

    private sealed record Consumed : ILateMessage
    {
        public static readonly Consumed Instance = new();
    }

    private readonly SubstreamId _id;
    private readonly SubstreamPipes _pipes;
    private readonly IActorRef _peer;

    private ReadResult _offered;
    private bool _isReading;
    private bool _isOffering;
    private bool _isDraining;
    private bool _hasRemoteEnded;
    private bool _awaitsCredit;
    private int _uncredited;
    private bool _hasToldReaderGone;
    private bool _isFinished;
    private KillaBeezException? _error;

    public SubstreamActor(SubstreamId id, SubstreamPipes pipes)
    {
        _id = id;
        _pipes = pipes;
        _peer = Context.Parent;
        var self = Self;
        pipes.OnConsumed = () => self.Tell(Consumed.Instance, ActorRefs.NoSender);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case SubstreamMessages.Incoming m: OnIncoming(m); break;
            case Consumed: OnConsumed(); break;
            case ReadDone m:
                _isReading = false;
                Offer(m.Result);
                break;
            case SubstreamMessages.Written m: OnWritten(m); break;
            case SubstreamMessages.Writable: OnWritable(); break;
            case SubstreamMessages.Start: ReadNext(); break;
            case SubstreamMessages.RemoteEnd:
                _hasRemoteEnded = true;
                _pipes.ActorOutput.Complete();
                break;
            case SubstreamMessages.Drain: OnDrain(); break;
            case SubstreamMessages.ReadFailed m: throw m.Cause;
            case SubstreamMessages.Finish m:
                _isFinished = true;
                _error = m.Error;
                Context.Stop(Self);
                break;
            default: Unhandled(message); break;
        }
    }

    /// <summary>
    /// Where this actor failed, the peer's actor may still hold a message with the application's bytes in it. Its
    /// memory must not go back to the pool before that actor knows, so that one completes the pipes.
    /// </summary>
    protected override void PostStop()
    {
        if (_isFinished)
        {
            // A reader must not take the end of the session for the end of what the peer had to say.
            _pipes.Complete(_error ?? (_hasRemoteEnded
                ? null
                : new KillaBeezException(KillaBeezError.SessionLost, "The session was closed before the peer had ended the substream.")));
        }
    }

    private void ReadNext()
    {
        var read = _pipes.ActorInput.ReadAsync();
        if (read.IsCompletedSuccessfully)
        {
            Offer(read.Result);
        }
        else
        {
            _isReading = true;
            ReportDrained();
            _ = ReportAsync(read, Self);
        }
    }

    /// <summary>
    /// Goes on in whichever thread writes to the pipe, and not by way of the pool as PipeTo would: a simulation must
    /// repeat.
    /// </summary>
    private static async Task ReportAsync(ValueTask<ReadResult> read, IActorRef self)
    {
        object report;
        try
        {
            report = new ReadDone(await read.ConfigureAwait(false));
        }
#pragma warning disable CA1031 // Whatever it is, the actor decides.
        catch (Exception e)
#pragma warning restore CA1031
        {
            report = new SubstreamMessages.ReadFailed(e);
        }

        self.Tell(report, self);
    }

    private void Offer(ReadResult result)
    {
        _offered = result;
        if (!result.Buffer.IsEmpty)
        {
            _isOffering = true;
            _peer.Tell(new SubstreamMessages.Write(_id, result.Buffer));
        }
        else if (result.IsCompleted)
        {
            _pipes.ActorInput.AdvanceTo(result.Buffer.End);
            _peer.Tell(new SubstreamMessages.CloseWrite(_id));
            ReportDrained();
        }
        else
        {
            _pipes.ActorInput.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            ReadNext();
        }
    }

    private void OnDrain()
    {
        _isDraining = true;
        if (_isReading)
        {
            // What was written a moment ago may be on its way here; the next read that finds nothing says so.
            _pipes.ActorInput.CancelPendingRead();
        }
        else if (!_isOffering && !_awaitsCredit)
        {
            ReportDrained();
        }
    }

    private void ReportDrained()
    {
        if (_isDraining)
        {
            _isDraining = false;
            _peer.Tell(SubstreamMessages.Drained.Instance);
        }
    }

    private void OnWritten(SubstreamMessages.Written written)
    {
        if (!_isOffering)
        {
            return;
        }

        _isOffering = false;
        var buffer = _offered.Buffer;
        var taken = buffer.GetPosition(written.Bytes);
        var all = written.Bytes == buffer.Length;
        _offered = default;

        // What was not taken counts as unexamined, so that the next read returns at once.
        _pipes.ActorInput.AdvanceTo(taken, taken);
        if (all)
        {
            ReadNext();
        }
        else
        {
            _awaitsCredit = true;
        }
    }

    private void OnWritable()
    {
        if (_awaitsCredit)
        {
            _awaitsCredit = false;
            ReadNext();
        }
    }

    private void OnIncoming(SubstreamMessages.Incoming incoming)
    {
        using (incoming.Data)
        {
            _uncredited += incoming.Data.Length;
            if (!_pipes.IsReaderGone)
            {
                // The pipe never pauses its writer, so the flush is done when it returns.
                _pipes.ActorOutput.Write(incoming.Data.Span);
                var flush = _pipes.ActorOutput.FlushAsync();
                _ = flush.IsCompletedSuccessfully ? flush.Result : default;
            }
        }

        if (_pipes.IsReaderGone)
        {
            OnConsumed();
        }
    }

    private void OnConsumed()
    {
        var consumed = _pipes.TakeConsumed();

        // Where nobody reads any more, what was not read is dropped and what still comes too: the writer is not held up.
        ReturnCredit(_pipes.IsReaderGone ? _uncredited : consumed);
        if (_pipes.IsReaderGone && !_hasToldReaderGone)
        {
            _hasToldReaderGone = true;
            _peer.Tell(new SubstreamMessages.ReaderGone(_id));
        }
    }

    private void ReturnCredit(int bytes)
    {
        if (bytes > 0)
        {
            _uncredited -= bytes;
            _peer.Tell(new SubstreamMessages.Consumed(_id, bytes));
        }
    }
}
