using KillaBeez.Swarm.Calls;

namespace KillaBeez.Swarm.Signaling.Post;

/// <summary>
/// The signals of one call to one peer, in their order, and how far each way has got with them. A way that is taken
/// later begins with the description, so candidates never come before what they belong to.
/// </summary>
internal sealed class Correspondence(PeerId to, SignalCallId call)
{
    private readonly List<Letter> _letters = [];
    private readonly List<Trial> _trials = [];

    public PeerId To { get; } = to;

    public SignalCallId Call { get; } = call;

    /// <summary>Whether the application waits for the call: then it is tried until its time is over.</summary>
    public bool IsAwaited { get; set; }

    /// <summary>Whether the other side answers what was sent, so that silence says something.</summary>
    public bool ExpectsAnswer { get; set; }

    /// <summary>The way that is said to lead to the receiver.</summary>
    public SignalWay? Hint { get; set; }

    /// <summary>Connected peers that know the receiver; null while that is being asked.</summary>
    public IReadOnlyList<PeerId>? Carriers { get; set; }

    /// <summary>The way that the other side's last signal of this call took.</summary>
    public SignalWay? Proven { get; set; }

    /// <summary>When one way more is taken.</summary>
    public Instant NextWayAt { get; set; } = Instant.Never;

    /// <summary>When ways that refused are tried again.</summary>
    public Instant RetryAt { get; set; } = Instant.Never;

    /// <summary>How often that was done.</summary>
    public int Retries { get; set; }

    /// <summary>What the last way that refused said.</summary>
    public (CallFailure Failure, string Reason) LastFailure { get; set; } =
        (CallFailure.NoRoute, "there is no signal exchange and no connected peer that could carry the call");

    public int Count => _letters.Count;

    /// <summary>When the last signal expires; the correspondence with it.</summary>
    public Instant Deadline { get; private set; }

    public IReadOnlyList<Trial> Trials => _trials;

    public bool HasOpenTrial => _trials.Exists(trial => !trial.IsRefused);

    public Instant NextTimeout => Instant.Min(Deadline, Instant.Min(NextWayAt, RetryAt));

    public IEnumerable<SignalId> Ids => _letters.Select(letter => letter.Signal.Id);

    public Trial? Find(SignalWay way) => _trials.Find(trial => trial.Way == way);

    /// <summary>A description that is sent again comes with all its candidates: what was sent before need not go out any more.</summary>
    public void Restart()
    {
        _letters.Clear();
        foreach (var trial in _trials)
        {
            trial.Next = 0;
        }
    }

    public void Add(SealedSignal signal, Instant deadline)
    {
        _letters.Add(new Letter(signal, deadline));
        Deadline = deadline;
    }

    public Trial Open(SignalWay way)
    {
        var trial = new Trial(way);
        _trials.Add(trial);
        return trial;
    }

    /// <summary>The next signal that a way has not taken yet and that has not expired.</summary>
    public bool TryTakeNext(Instant now, Trial trial, out SealedSignal? signal)
    {
        while (trial.Next < _letters.Count)
        {
            var letter = _letters[trial.Next++];
            if (letter.Deadline > now)
            {
                signal = letter.Signal;
                return true;
            }
        }

        signal = null;
        return false;
    }

    /// <summary>Forgets who refused: every way may be taken anew.</summary>
    public void ForgetTrials() => _trials.Clear();

    public void ForgetTrial(SignalWay way) => _trials.RemoveAll(trial => trial.Way == way);

    private readonly record struct Letter(SealedSignal Signal, Instant Deadline);

    /// <summary>One way that was taken.</summary>
    internal sealed class Trial(SignalWay way)
    {
        public SignalWay Way { get; } = way;

        /// <summary>The index of the first signal that it has not been given.</summary>
        public int Next { get; set; }

        public bool IsRefused { get; set; }
    }
}
