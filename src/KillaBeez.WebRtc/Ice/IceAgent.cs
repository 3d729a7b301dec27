using KillaBeez.WebRtc.Stun;

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
    private readonly List<IceCandidate> _localCandidates = [];
    private IceGeneration _current;
    private IceGeneration? _previous;
    private int _burstLeft;
    private Instant _nextCheckAt = Instant.Zero;

    public IceAgent(IceOptions options, IRandomSource random)
    {
        _options = options;
        _random = random;
        _tieBreaker = random.NextUInt64();
        _transactions = new IceTransactionTable(options.InitialRetransmission);
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

    public IReadOnlyList<IceCandidate> LocalCandidates => _localCandidates;

    public IReadOnlyList<IceCandidate> RemoteCandidates => _current.RemoteCandidates;

    public IceCandidatePair? Selected { get; private set; }

    public Instant NextTimeout => State is IceState.Closed
        ? Instant.Never
        : Instant.Min(
            Instant.Min(_timers.Next, _transactions.NextDeadline),
            HasCheckToSend || _transactions.HasRepeatDue ? _nextCheckAt : Instant.Never);

    private bool MayCheck => _current.Remote is not null && State is not (IceState.Failed or IceState.Closed);

    /// <summary>Once a pair is nominated the rest of the list rests (RFC 8445, section 8.1.2), until that pair is in trouble.</summary>
    private bool ChecksOrdinaryPairs => !IsNominationDone || _isRecovering;

    private bool IsNominationDone => Selected is { IsNominated: true } selected && ReferenceEquals(selected.Generation, _current);

    private bool HasCheckToSend => MayCheck && (_checks.HasTriggered || (ChecksOrdinaryPairs && _checks.HasWaiting));

    /// <summary>Sets this side's role: the offerer controls. Call it once, before the remote credentials; a conflict may change it.</summary>
    public void SetRole(Instant now, IceRole role)
    {
        if (Role != role)
        {
            ChangeRole(now, role);
        }
    }

    /// <summary>Adds an address of this host. Duplicates, forbidden ones and those beyond the limit are counted and dropped.</summary>
    public void AddLocalCandidate(Instant now, IceCandidate candidate)
    {
        if (!IceAddressPolicy.IsAllowed(candidate.Base, _options.AllowLoopback))
        {
            Statistics.ForbiddenCandidates++;
            return;
        }

        if (_localCandidates.Exists(local => local.Base == candidate.Base))
        {
            return;
        }

        if (_localCandidates.Count >= IceLimits.MaxLocalCandidates)
        {
            Statistics.LimitDrops++;
            return;
        }

        _localCandidates.Add(candidate);
        foreach (var remote in _current.RemoteCandidates)
        {
            PairUp(candidate, remote);
        }

        ReplayEarlyChecks(now);
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

    /// <summary>
    /// The next datagram to send, or false. Answers and consent go first; repetitions and new checks share the pace of
    /// Ta, so that no description can make this side send faster than that.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="destination">At least <see cref="MinTransmitBytes"/>.</param>
    /// <param name="written">The datagram's length.</param>
    /// <param name="path">The socket to send from and the address to send to.</param>
    public bool TryPollTransmit(Instant now, Span<byte> destination, out int written, out NetworkPath path)
    {
        written = 0;
        path = default;
        if (State is IceState.Closed or IceState.Failed)
        {
            return false;
        }

        if (_responses.TryWrite(destination, out written, out path))
        {
            Statistics.ResponsesSent++;
            return true;
        }

        if (TryTakeProbe(out var probed))
        {
            return SendProbe(now, probed, destination, out written, out path);
        }

        if (now >= _nextCheckAt && _transactions.TryTakeRepeat(now, out var repeat))
        {
            _nextCheckAt = now + _options.CheckInterval;
            return WriteRequest(destination, repeat, out written, out path);
        }

        if (!HasCheckToSend || (_burstLeft == 0 && now < _nextCheckAt) || !_checks.TryTakeNext(ChecksOrdinaryPairs, out var pair))
        {
            return false;
        }

        _burstLeft = Math.Max(0, _burstLeft - 1);
        _nextCheckAt = now + _options.CheckInterval;
        return SendCheck(now, pair, destination, out written, out path);
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

    private bool SendCheck(Instant now, IceCandidatePair pair, Span<byte> destination, out int written, out NetworkPath path)
    {
        var useCandidate = pair.IsBeingNominated && Role == IceRole.Controlling;
        var transaction = new IceTransaction(StunTransactionId.NewRandom(_random), pair, Role, useCandidate, isProbe: false)
        {
            IsOnWorkingPair = pair.State == IcePairState.Succeeded,
        };
        _transactions.Supersede(now, pair);

        // RFC 8445, section 14.3: RTO = MAX(500 ms, Ta * number of checks that wait or run).
        var load = _options.CheckInterval * (_transactions.Count + 1);
        _transactions.Add(now, transaction, load, _options.ConsentTimeout);
        if (pair.State != IcePairState.Succeeded)
        {
            pair.State = IcePairState.InProgress;
        }

        return WriteRequest(destination, transaction, out written, out path);
    }

    private bool SendProbe(Instant now, IceCandidatePair pair, Span<byte> destination, out int written, out NetworkPath path)
    {
        var transaction = new IceTransaction(StunTransactionId.NewRandom(_random), pair, Role, useCandidate: false, isProbe: true);
        _transactions.Add(now, transaction, TimeSpan.Zero, _options.ConsentTimeout);
        if (pair.UnansweredSince == Instant.Never)
        {
            pair.UnansweredSince = now;
        }

        if (ReferenceEquals(pair, Selected))
        {
            _timers.Set(IceTimer.Consent, now + _options.UnansweredInterval);
            _timers.SetIfIdle(IceTimer.Liveness, pair.UnansweredSince + _options.SilenceBeforeMove);
        }

        return WriteRequest(destination, transaction, out written, out path);
    }

    private bool WriteRequest(Span<byte> destination, IceTransaction transaction, out int written, out NetworkPath path)
    {
        Statistics.RequestsSent++;
        path = transaction.Pair.Path;
        written = IceMessages.WriteRequest(destination, transaction, _tieBreaker);
        return true;
    }

    private bool TryTakeProbe(out IceCandidatePair pair)
    {
        if (_probes.TryDequeue(out pair!))
        {
            pair.IsProbeDue = false;
            return true;
        }

        return false;
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
