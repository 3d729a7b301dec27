using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Ice;

/// <content>What arrives, and the checks of the peer in particular (RFC 8445, section 7.3).</content>
internal sealed partial class IceAgent
{
    private readonly List<EarlyCheck> _earlyChecks = [];
    private int _roleSwitches;

    /// <summary>Takes a datagram that looks like STUN.</summary>
    /// <param name="now">The time.</param>
    /// <param name="path">The socket it came in on and the address it came from.</param>
    /// <param name="datagram">Valid during the call.</param>
    /// <returns>True if it was meant for this agent and authentic; false if it was dropped.</returns>
    public bool HandleDatagram(Instant now, NetworkPath path, ReadOnlySpan<byte> datagram)
    {
        if (State is IceState.Closed or IceState.Failed)
        {
            return false;
        }

        if (_options.Policy == IcePolicy.Relay && !HasBase(path.Local))
        {
            // Any answer would show the peer that this host is here.
            Statistics.SuppressedByPolicy++;
            return false;
        }

        if (_options.RemoteFilter?.Invoke(path.Remote) == false)
        {
            Statistics.ForbiddenCandidates++;
            return false;
        }

        if (!StunMessage.TryParse(datagram, out var message, out _))
        {
            Statistics.Malformed++;
            return false;
        }

        return message.Type.IsBinding && message.Type.Class switch
        {
            StunClass.Request => HandleRequest(now, path, message),
            StunClass.SuccessResponse or StunClass.ErrorResponse => HandleResponse(now, path, message),

            // A binding indication is an unauthenticated keepalive: it may hold a NAT open and means nothing else.
            _ => false,
        };
    }

    private bool HandleRequest(Instant now, NetworkPath path, in StunMessage message)
    {
        if (!TryAuthenticate(message, out var generation))
        {
            // Silence: an error would tell a stranger that somebody lives here.
            Statistics.UnauthenticRequests++;
            return false;
        }

        Statistics.RequestsReceived++;
        Span<ushort> unknown = stackalloc ushort[StunLimits.MaxListedUnknownAttributes];
        var unknownCount = message.CollectUnknownRequired(unknown);
        if (unknownCount > 0)
        {
            Respond(path, message.TransactionId, generation, StunErrorCode.UnknownAttribute, unknown[..unknownCount].ToArray());
            return true;
        }

        if (!PriorityAttribute.TryRead(message, out var priority))
        {
            Respond(path, message.TransactionId, generation, StunErrorCode.BadRequest, null);
            return true;
        }

        if (IceRoleAttribute.TryRead(message, out var isControlling, out var tieBreaker) && !ResolveRoles(now, isControlling, tieBreaker))
        {
            Respond(path, message.TransactionId, generation, StunErrorCode.RoleConflict, null);
            return true;
        }

        Respond(path, message.TransactionId, generation, null, null);
        var check = new EarlyCheck(path, priority, UseCandidateAttribute.IsPresent(message));
        if (ReferenceEquals(generation, _current))
        {
            OnPeerCheck(now, check);
        }
        else if (Selected is { } old && ReferenceEquals(old.Generation, generation) && old.Path == path)
        {
            NoteInbound(now, old);
        }

        return true;
    }

    private bool TryAuthenticate(in StunMessage message, out IceGeneration generation)
    {
        generation = _current;
        if (!UsernameAttribute.TryReadParts(message, out var receiver, out _))
        {
            return false;
        }

        if (!receiver.SequenceEqual(_current.Local.UfragBytes))
        {
            if (_previous is null || !receiver.SequenceEqual(_previous.Local.UfragBytes))
            {
                return false;
            }

            generation = _previous;
        }

        return FingerprintAttribute.IsValid(message) && MessageIntegrityAttribute.IsValid(message, generation.Local.PasswordBytes);
    }

    private void Respond(NetworkPath path, StunTransactionId id, IceGeneration generation, StunErrorCode? error, ushort[]? unknownAttributes)
    {
        if (!_responses.TryEnqueue(new IceResponse(path, id, generation.Local, error, unknownAttributes)))
        {
            Statistics.LimitDrops++;
        }
    }

    /// <summary>
    /// RFC 8445, section 7.3.1.1: of two agents in the same role the one with the larger number controls. Returns
    /// false where the peer has to change; otherwise this side has, if that was needed.
    /// </summary>
    private bool ResolveRoles(Instant now, bool peerIsControlling, ulong peerTieBreaker)
    {
        if (peerIsControlling != (Role == IceRole.Controlling))
        {
            return true;
        }

        Statistics.RoleConflicts++;
        var weControl = _tieBreaker >= peerTieBreaker;
        if (weControl == (Role == IceRole.Controlling))
        {
            return false;
        }

        SwitchRole(now);
        return true;
    }

    private void SwitchRole(Instant now)
    {
        if (_roleSwitches < IceLimits.MaxRoleSwitches)
        {
            _roleSwitches++;
            ChangeRole(now, Role == IceRole.Controlling ? IceRole.Controlled : IceRole.Controlling);
        }
    }

    private void OnPeerCheck(Instant now, EarlyCheck check)
    {
        if (FindBase(check.Path.Local) is not { } local || _current.Remote is null)
        {
            RememberEarly(check);
            return;
        }

        if (!IceAddressPolicy.IsAllowed(check.Path.Remote, _options.AllowLoopback))
        {
            Statistics.ForbiddenCandidates++;
            return;
        }

        if (GetOrLearnPair(local, check.Path, check.Priority) is not { } pair)
        {
            return;
        }

        NoteInbound(now, pair);
        if (!ReferenceEquals(pair, Selected))
        {
            ProbeSelectedIfQuiet(now);
        }

        if (check.UseCandidate && Role == IceRole.Controlled)
        {
            pair.NominateOnSuccess = true;
        }

        var mustAnswerAgain = pair.NominateOnSuccess && IsConsentStale(now, pair);
        if (pair.State == IcePairState.Succeeded && !mustAnswerAgain)
        {
            ApplyPeerNomination(now, pair);
            return;
        }

        // RFC 8445, section 7.3.1.4. When the triggered check leaves, it takes over from the one that may be running.
        pair.State = IcePairState.Waiting;
        _checks.Trigger(pair);
    }

    /// <summary>Keeps an authenticated check until this side knows enough to answer with a check of its own.</summary>
    private void RememberEarly(EarlyCheck check)
    {
        var index = _earlyChecks.FindIndex(known => known.Path == check.Path);
        if (index >= 0)
        {
            _earlyChecks[index] = check with { UseCandidate = check.UseCandidate || _earlyChecks[index].UseCandidate };
        }
        else if (_earlyChecks.Count < IceLimits.MaxEarlyChecks)
        {
            _earlyChecks.Add(check);
        }
        else
        {
            Statistics.LimitDrops++;
        }
    }

    private void ReplayEarlyChecks(Instant now)
    {
        if (_current.Remote is null || _earlyChecks.Count == 0)
        {
            return;
        }

        var checks = _earlyChecks.ToArray();
        _earlyChecks.Clear();
        foreach (var check in checks)
        {
            OnPeerCheck(now, check);
        }
    }

    /// <summary>An authenticated check of the peer, kept when it came before the description.</summary>
    private readonly record struct EarlyCheck(NetworkPath Path, uint Priority, bool UseCandidate);
}
