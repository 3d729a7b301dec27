using KillaBeez.Actors.Handles;

namespace KillaBeez.Actors.Peers;

/// <summary>
/// The substreams whose actors were told to finish and have not done so yet. An actor that is stopped before it hears of
/// it ends no pipe, since its peer's actor may still hold the application's bytes; so that one ends them when it stops itself.
/// </summary>
internal sealed class FinishingSubstreams
{
    private readonly Dictionary<IActorRef, (SubstreamPipes Pipes, KillaBeezException? Error)> _pipes = [];

    public void Add(IActorRef actor, SubstreamPipes pipes, KillaBeezException? error) => _pipes[actor] = (pipes, error);

    /// <summary>The actor is gone; where it has ended its pipes itself, nothing is left to do.</summary>
    public void Ended(IActorRef actor)
    {
        if (_pipes.Remove(actor, out var finishing))
        {
            finishing.Pipes.Complete(finishing.Error ?? new KillaBeezException(
                KillaBeezError.SessionLost, "The session was closed before the peer had ended the substream."));
        }
    }

    /// <summary>All actors are gone.</summary>
    public void EndAll()
    {
        foreach (var actor in _pipes.Keys.ToArray())
        {
            Ended(actor);
        }
    }
}
