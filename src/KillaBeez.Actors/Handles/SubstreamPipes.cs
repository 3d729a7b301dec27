using System.Buffers;
using System.IO.Pipelines;

namespace KillaBeez.Actors.Handles;

/// <summary>
/// The two pipes of a substream: the application holds one end of each, the substream's actor the other.
/// </summary>
internal sealed class SubstreamPipes
{
    private const int OutputPauseBytes = 256 * 1024;
    private const int OutputResumeBytes = 128 * 1024;
    private const int SegmentBytes = 16 * 1024;

    private readonly Pipe _incoming;
    private readonly Pipe _outgoing;
    private readonly ConsumptionReader _applicationInput;

    public SubstreamPipes(PipeScheduler application)
    {
        // The multiplexer's credit bounds what waits in the incoming pipe, so the pipe itself never pauses.
        _incoming = new Pipe(new PipeOptions(
            readerScheduler: application, writerScheduler: PipeScheduler.Inline,
            pauseWriterThreshold: 0, resumeWriterThreshold: 0, minimumSegmentSize: SegmentBytes));
        _outgoing = new Pipe(new PipeOptions(
            readerScheduler: PipeScheduler.Inline, writerScheduler: application,
            pauseWriterThreshold: OutputPauseBytes, resumeWriterThreshold: OutputResumeBytes,
            minimumSegmentSize: SegmentBytes, useSynchronizationContext: true));
        _applicationInput = new ConsumptionReader(_incoming.Reader);
    }

    public PipeReader ApplicationInput => _applicationInput;

    public PipeWriter ApplicationOutput => _outgoing.Writer;

    /// <summary>What the application wrote; the actor reads it.</summary>
    public PipeReader ActorInput => _outgoing.Reader;

    /// <summary>What the peer sent; the actor writes it.</summary>
    public PipeWriter ActorOutput => _incoming.Writer;

    /// <summary>Called, on the reader's thread, when there are consumed bytes to be taken.</summary>
    public Action? OnConsumed
    {
        set => _applicationInput.OnConsumed = value;
    }

    /// <summary>Whether the application will read no more.</summary>
    public bool IsReaderGone => _applicationInput.IsCompleted;

    /// <summary>Takes the number of bytes the application has read since the last call.</summary>
    public int TakeConsumed() => _applicationInput.TakeConsumed();

    /// <summary>Ends both pipes towards the application. Idempotent.</summary>
    public void Complete(Exception? error)
    {
        OnConsumed = null;
        _incoming.Writer.Complete(error);
        _outgoing.Reader.Complete(error);
    }

    /// <summary>A reader that counts what was consumed, so that credit can go back to the peer.</summary>
    private sealed class ConsumptionReader(PipeReader inner) : PipeReader
    {
        private ReadOnlySequence<byte> _lastRead;
        private int _consumed;
        private volatile Action? _onConsumed;
        private volatile bool _isCompleted;

        public Action? OnConsumed
        {
            set => _onConsumed = value;
        }

        public int TakeConsumed() => Interlocked.Exchange(ref _consumed, 0);

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            var bytes = (int)_lastRead.Slice(0, consumed).Length;
            _lastRead = default;
            inner.AdvanceTo(consumed, examined);

            // The notice goes out once until the actor has taken what there is.
            if (bytes > 0 && Interlocked.Add(ref _consumed, bytes) == bytes)
            {
                _onConsumed?.Invoke();
            }
        }

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public bool IsCompleted => _isCompleted;

        public override void Complete(Exception? exception = null)
        {
            inner.Complete(exception);
            _isCompleted = true;
            _onConsumed?.Invoke();
        }

        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            var result = await inner.ReadAsync(cancellationToken).ConfigureAwait(false);
            _lastRead = result.Buffer;
            return result;
        }

        public override bool TryRead(out ReadResult result)
        {
            if (!inner.TryRead(out result))
            {
                return false;
            }

            _lastRead = result.Buffer;
            return true;
        }
    }
}
