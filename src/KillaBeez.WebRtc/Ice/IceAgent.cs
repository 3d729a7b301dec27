namespace KillaBeez.WebRtc.Ice;

/// <summary>
/// Interactive Connectivity Establishment for one data-channel connection (RFC 8445 with trickling, RFC 8838, and
/// consent, RFC 7675): finds a path between two sets of addresses, keeps proving that it works, and moves when it
/// does not. Pure: the owner feeds datagrams and time and drains transmits and events.
/// <code>
/// New -remote credentials-> Checking -a check answered-> Connected -nominated-> Completed
///                              |                          |   ^    silence         |
///                              v                          v   +---- traffic ----+  |
///                            Failed &lt;-- consent over -- Disconnected &lt;-----------+--+
/// </code>
/// </summary>
internal sealed partial class IceAgent
{
    /// <summary>The least room <see cref="TryPollTransmit"/> needs.</summary>
    public const int MinTransmitBytes = IceMessages.MaxBytes;

    private readonly IceOptions _options;
    private readonly IRandomSource _random;
    private readonly ulong _tieBreaker;
    private readonly TimerTable<IceTimer> _timers = new();
    private readonly IceCheckList _checks = new();
    private readonly IceTransactionTable _transactions;
    private readonly IceResponseQueue _responses = new();
    private readonly Queue<IceEvent> _events = new();
    private readonly List<IceTransaction> _expired = [];
    private IceGeneration _current;
    private IceGeneration? _previous;

    public IceAgent(IceOptions options, IRandomSource random)
    {
        _options = options;
        _random = random;
        _tieBreaker = random.NextUInt64();
        _transactions = new IceTransactionTable(options.InitialRetransmission, options.ReliableTimeout);
        _current = new IceGeneration(IceCredentials.Generate(random));
    }

    /// <summary>What the description has to say; new after <see cref="Restart"/>.</summary>
    public IceCredentials LocalCredentials => _current.Local;

    public IceCredentials? RemoteCredentials => _current.Remote;

    public IceRole Role { get; private set; }

    public IceState State { get; private set; }

    /// <summary>Where to send; null while there is no working path.</summary>
    public NetworkPath? SelectedPath => Selected?.Path;

    /// <summary>The smoothed round trip of the selected pair, measured by checks that were sent once.</summary>
    public TimeSpan? RoundTripTime => Selected?.RoundTripTime;

    public IceStatistics Statistics { get; } = new();

    /// <summary>Pairs of the present generation, best first; for statistics and tests.</summary>
    public IReadOnlyList<IceCandidatePair> Pairs => _checks.Pairs;

    /// <summary>What to signal: host, server-reflexive and relayed candidates, as far as the policy lets the peer know of them.</summary>
    public IReadOnlyList<IceCandidate> LocalCandidates => _localCandidates;

    public IReadOnlyList<IceCandidate> RemoteCandidates => _current.RemoteCandidates;

    public IceCandidatePair? Selected { get; private set; }

    public Instant NextTimeout => State is IceState.Closed
        ? Instant.Never
        : Instant.Min(
            Instant.Min(_timers.Next, _transactions.NextDeadline),
            HasCheckToSend || _transactions.HasRepeatDue ? _nextCheckAt : Instant.Never);

    /// <summary>Sets this side's role: the offerer controls. Call it once, before the remote credentials; a conflict may change it.</summary>
    public void SetRole(Instant now, IceRole role)
    {
        if (Role != role)
        {
            ChangeRole(now, role);
        }
    }

    /// <summary>
    /// Sets what the remote description says. The same again changes nothing; others need <see cref="Restart"/> first.
    /// </summary>
    /// <exception cref="InvalidOperationException">The credentials differ from those of this generation.</exception>
    public void SetRemoteCredentials(Instant now, IceCredentials remote, bool isLite)
    {
        if (_current.Remote is { } known)
        {
            if (known != remote)
            {
                throw new InvalidOperationException("New remote ICE credentials are a restart: call Restart first.");
            }

            return;
        }

        if (State == IceState.Closed)
        {
            return;
        }

        if (isLite && Role != IceRole.Controlling)
        {
            // RFC 8445, section 6.1.1: the full agent controls a lite one.
            ChangeRole(now, IceRole.Controlling);
        }

        _current.Remote = remote;
        _current.StartedAt = now;
        _current.SearchingSince = now;
        _current.LastCandidateAt = now;
        _burstLeft = _options.InitialBurst;
        _timers.Set(IceTimer.Failure, now + _options.PatienceTime);
        TakeHeldCandidates(now);
        ReplayEarlyChecks(now);
        UpdateState(now);
    }

    /// <summary>
    /// Adds what the peer signals, in any order relative to the description. What cannot be used is counted in
    /// <see cref="Statistics"/> and dropped; the peer can still be found through its own checks.
    /// </summary>
    public void AddRemoteCandidate(Instant now, IceCandidate candidate)
    {
        if (State == IceState.Closed || !IsUsable(candidate))
        {
            return;
        }

        if (_current.Remote is not { } remote || (candidate.Ufrag is { } ufrag && ufrag != remote.Ufrag))
        {
            Hold(candidate);
            return;
        }

        AddUsableRemote(now, candidate);
    }

    /// <summary>The peer will signal no more candidates.</summary>
    public void SetEndOfRemoteCandidates(Instant now)
    {
        _current.HasEndOfCandidates = true;
        EvaluateNomination(now);
        CheckForFailure(now);
    }

    /// <summary>Whether bytes from this path come from where the peer has answered us: DTLS may be taken from there.</summary>
    public bool IsValidated(NetworkPath path) =>
        (Selected is { } selected && selected.Path == path) || _checks.Find(path) is { IsValid: true };

    /// <summary>Decrypted DTLS is as good a sign of life as an authenticated check.</summary>
    public void NoteAuthenticTraffic(Instant now, NetworkPath path)
    {
        var pair = Selected is { } selected && selected.Path == path ? selected : _checks.Find(path);
        if (pair is not null)
        {
            NoteInbound(now, pair);
        }
    }

    /// <summary>
    /// Begins a new generation (RFC 8445, section 9): new local credentials, no remote ones yet. The selected pair
    /// keeps working until a pair of the new generation is nominated.
    /// </summary>
    public void Restart(Instant now)
    {
        if (State == IceState.Closed)
        {
            return;
        }

        _previous = Selected is null ? null : Selected.Generation;
        _current = new IceGeneration(IceCredentials.Generate(_random));
        _checks.Clear();
        _earlyChecks.Clear();
        _transactions.RemoveAllBut(Selected);
        _timers.Clear(IceTimer.Nomination);
        _timers.Clear(IceTimer.Failure);
        _isRecovering = false;
        if (_lost is not null)
        {
            _lost = null;
            _timers.Clear(IceTimer.ConsentExpiry);
        }

        if (State == IceState.Failed)
        {
            SetState(IceState.New);
        }

        UpdateState(now);
    }

    /// <summary>Does what has become due. Drain transmits and events afterwards.</summary>
    public void HandleTimeout(Instant now)
    {
        if (State == IceState.Closed)
        {
            return;
        }

        _transactions.HandleTimeout(now, _expired);
        foreach (var transaction in _expired)
        {
            OnTransactionExpired(now, transaction);
        }

        _expired.Clear();
        while (_timers.TryTakeDue(now, out var timer))
        {
            OnTimer(now, timer);
        }
    }

    public bool TryPollEvent(out IceEvent e) => _events.TryDequeue(out e);

    /// <summary>Ends the agent: nothing is sent or answered any more.</summary>
    public void Close(Instant now)
    {
        _ = now;
        _timers.ClearAll();
        _transactions.RemoveAllBut(null);
        _responses.Clear();
        _checks.Clear();
        _earlyChecks.Clear();
        Selected = null;
        _lost = null;
        SetState(IceState.Closed);
    }

    private void OnTimer(Instant now, IceTimer timer)
    {
        switch (timer)
        {
            case IceTimer.Nomination:
                EvaluateNomination(now);
                break;
            case IceTimer.Consent:
                OnConsentDue();
                break;
            case IceTimer.ConsentExpiry:
                OnConsentExpiry(now);
                break;
            case IceTimer.Liveness:
                OnLiveness(now);
                break;
            case IceTimer.Backup:
                OnBackupDue(now);
                break;
            case IceTimer.Failure:
                CheckForFailure(now);
                break;
        }
    }

    private void ChangeRole(Instant now, IceRole role)
    {
        Role = role;
        foreach (var pair in _checks.Pairs)
        {
            pair.IsBeingNominated = false;
        }

        _checks.Recompute(role);
        EvaluateNomination(now);
    }
}
