using KillaBeez.Actors.Handles;
using KillaBeez.Actors.Logging;

namespace KillaBeez.Actors.Nodes;

/// <summary>
/// Brings the question who may come in to the application: to <see cref="SwarmNode.Admission"/>, and to the actor that
/// answers calls. Where there are both, the first to refuse decides.
/// </summary>
/// <param name="inline">Whether the application's code runs where it is asked, as in a simulation; otherwise on the thread pool.</param>
/// <param name="applicationContext">Where its continuations run, where it is called inline.</param>
internal sealed class CallJudge(bool inline, SynchronizationContext? applicationContext) : ICallJudge
{
    private volatile Func<IncomingCall, CancellationToken, Task<CallAdmission>>? _handler;
    private volatile Func<IncomingCall, CancellationToken, Task<CallAdmission>>? _actor;
    private volatile ILoggingAdapter? _log;

    /// <summary>The application's own.</summary>
    public Func<IncomingCall, CancellationToken, Task<CallAdmission>>? Handler
    {
        get => _handler;
        set => _handler = value;
    }

    /// <summary>The actor that answers calls, if one does.</summary>
    public Func<IncomingCall, CancellationToken, Task<CallAdmission>>? Actor
    {
        get => _actor;
        set => _actor = value;
    }

    /// <inheritdoc/>
    public bool IsAsked => _handler is not null || _actor is not null;

    /// <summary>Says where the failures of the application are told.</summary>
    public void LogTo(ILoggingAdapter log) => _log = log;

    /// <inheritdoc/>
    public void Ask(IncomingCall call, Action<CallAdmission> answer, CancellationToken cancellationToken)
    {
        if (!inline)
        {
            // The application may block: no actor's thread is its own.
            _ = Task.Run(() => AskAsync(call, answer, cancellationToken), CancellationToken.None);
            return;
        }

        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(applicationContext);
        try
        {
            _ = AskAsync(call, answer, cancellationToken);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private async Task AskAsync(IncomingCall call, Action<CallAdmission> answer, CancellationToken cancellationToken)
    {
        var admission = CallAdmission.Accept;
        try
        {
            foreach (var judge in new[] { _handler, _actor })
            {
                if (judge is not null && admission.IsAccepted)
                {
                    admission = await judge(call, cancellationToken).ConfigureAwait(inline);
                }
            }
        }
#pragma warning disable CA1031 // Whatever the application throws, the caller is refused and the swarm goes on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            admission = CallAdmission.Refuse();
            if (!cancellationToken.IsCancellationRequested && _log is { } log)
            {
                SwarmLog.HandlerFailed(log, nameof(SwarmNode.Admission), e);
            }
        }

        answer(admission);
    }
}
