using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Turn;

/// <content>What the server answers, and what follows where it does not.</content>
internal sealed partial class TurnClient
{
    private void HandleAnswer(Instant now, in StunMessage answer)
    {
        var transaction = Find(answer);
        if (transaction is null)
        {
            return;
        }

        if (answer.Type.Class == StunClass.SuccessResponse)
        {
            if (!transaction.HasCredentials || _authentication.IsProven(answer))
            {
                _transactions.Remove(transaction);
                HandleSuccess(now, transaction, answer);
            }

            return;
        }

        if (ErrorCodeAttribute.TryRead(answer, out var code) && IsBelieved(transaction, answer, code))
        {
            HandleError(now, transaction, answer, code);
        }
    }

    private TurnTransaction? Find(in StunMessage answer)
    {
        if (answer.Type.Class is not (StunClass.SuccessResponse or StunClass.ErrorResponse))
        {
            return null;
        }

        foreach (var transaction in _transactions)
        {
            if (transaction.Id == answer.TransactionId && MethodOf(transaction.Kind) == answer.Type.Method)
            {
                return transaction;
            }
        }

        return null;
    }

    private static ushort MethodOf(TurnRequestKind kind) => kind switch
    {
        TurnRequestKind.Allocate => StunMethods.Allocate,
        TurnRequestKind.CreatePermission => StunMethods.CreatePermission,
        TurnRequestKind.ChannelBind => StunMethods.ChannelBind,
        _ => StunMethods.Refresh,
    };

    /// <summary>
    /// A server cannot prove a challenge, and may refer to another server before it knows us (RFC 8489, sections 9.2.4 and
    /// 10). Every other error has to be proven once requests carry credentials: an unproven one is remembered for the
    /// failure's text and otherwise ignored. A proof that is wrong is never taken.
    /// </summary>
    private bool IsBelieved(TurnTransaction transaction, in StunMessage answer, StunErrorCode code)
    {
        if (!transaction.HasCredentials || _authentication.IsProven(answer))
        {
            return true;
        }

        var needsNoProof = code == StunErrorCode.Unauthenticated || code == StunErrorCode.StaleNonce || code == StunErrorCode.TryAlternate;
        if (needsNoProof && !TurnAuthentication.HasProof(answer))
        {
            return true;
        }

        transaction.UnprovenError = code;
        return false;
    }

    private void HandleSuccess(Instant now, TurnTransaction transaction, in StunMessage answer)
    {
        switch (transaction.Kind)
        {
            case TurnRequestKind.Allocate:
                HandleAllocated(now, answer);
                break;
            case TurnRequestKind.Refresh:
                SetRefreshTimer(now, answer);
                break;
            case TurnRequestKind.CreatePermission:
                foreach (var permission in transaction.Permissions)
                {
                    _permissions.Grant(now, permission);
                }

                break;
            case TurnRequestKind.ChannelBind:
                HandleBound(now, transaction.Peer!);
                break;
            case TurnRequestKind.Release:
                _authentication.Clear();
                break;
        }
    }

    private void HandleAllocated(Instant now, in StunMessage answer)
    {
        if (!XorRelayedAddressAttribute.TryRead(answer, out var relayed) || !TurnAddresses.IsUsable(relayed))
        {
            Fail(TurnFailure.BadAnswer(_options.Server, "without a relayed address"));
            return;
        }

        if (relayed.IsIPv6 != _options.RequestIPv6)
        {
            Fail(TurnFailure.BadAnswer(_options.Server, "with a relayed address of a family that was not asked for"));
            return;
        }

        RelayedAddress = relayed;
        if (XorMappedAddressAttribute.TryRead(answer, out var mapped) && TurnAddresses.IsUsable(mapped))
        {
            MappedAddress = _options.Server.IsTcp ? mapped.AsTcp() : mapped;
        }

        SetRefreshTimer(now, answer);
        _timers.Set(TurnClientTimer.Keepalive, now.AddMs(TurnClientLimits.KeepaliveIntervalMs));
        MoveTo(TurnClientState.Allocated);
        _events.Enqueue(new TurnEvent(TurnEventKind.Allocated));
    }

    private void SetRefreshTimer(Instant now, in StunMessage answer)
    {
        var lifetimeMs = 1000L * (LifetimeAttribute.TryRead(answer, out var seconds)
            ? Math.Clamp(seconds, TurnClientLimits.MinLifetimeSeconds, TurnClientLimits.MaxLifetimeSeconds)
            : TurnClientLimits.DefaultLifetimeSeconds);
        _timers.Set(TurnClientTimer.Refresh, now.AddMs(Math.Max(lifetimeMs - TurnClientLimits.RefreshMarginMs, lifetimeMs / 2)));
    }

    private void HandleBound(Instant now, TurnPeer peer)
    {
        _peers.Bind(now, peer);

        // RFC 8656, section 12.2: binding a channel also creates or refreshes the permission.
        if (!peer.Permission.IsAsked && !peer.Permission.IsRemoved)
        {
            _permissions.Grant(now, peer.Permission);
        }
    }

    private void HandleError(Instant now, TurnTransaction transaction, in StunMessage answer, StunErrorCode code)
    {
        if (TryAnswerChallenge(transaction, answer, code))
        {
            return;
        }

        _transactions.Remove(transaction);
        switch (transaction.Kind)
        {
            case TurnRequestKind.Allocate:
                HandleAllocateError(answer, code);
                break;
            case TurnRequestKind.Refresh:
                Fail(TurnFailure.Refusal(_options.Server, code, _options.RequestIPv6));
                break;
            case TurnRequestKind.CreatePermission or TurnRequestKind.ChannelBind when code == StunErrorCode.AllocationMismatch:
                Fail(TurnFailure.Refusal(_options.Server, code, _options.RequestIPv6));
                break;
            case TurnRequestKind.CreatePermission:
                RefusePermissions(now, transaction);
                break;
            case TurnRequestKind.ChannelBind:
                _peers.RefuseChannel(now, transaction.Peer!);
                break;
            case TurnRequestKind.Release:
                _authentication.Clear();
                break;
        }
    }

    /// <summary>
    /// 401 to a request without credentials, and 438 once a request: the same request goes out again with what the
    /// challenge said. A 401 to a request with credentials means that they are wrong; they are not tried again.
    /// </summary>
    private bool TryAnswerChallenge(TurnTransaction transaction, in StunMessage answer, StunErrorCode code)
    {
        var isFirst = code == StunErrorCode.Unauthenticated && !transaction.HasCredentials;
        var isRenewal = code == StunErrorCode.StaleNonce && transaction.HasCredentials && !transaction.HasRenewedNonce;
        if ((!isFirst && !isRenewal) || !_authentication.TryAccept(answer))
        {
            return false;
        }

        transaction.HasRenewedNonce |= isRenewal;
        transaction.Restart(StunTransactionId.NewRandom(_random), NewSchedule(transaction.Kind));
        return true;
    }

    private void HandleAllocateError(in StunMessage answer, StunErrorCode code)
    {
        var failure = TurnFailure.Refusal(_options.Server, code, _options.RequestIPv6);
        if (code == StunErrorCode.TryAlternate && TryReadAlternate(answer, out var alternate))
        {
            _ = TextAttribute.TryRead(answer, StunAttributeType.AlternateDomain, out var domain);
            Fail(failure, new TurnEvent(TurnEventKind.TryAlternate, alternate, domain.Length is 0 or > TurnClientLimits.MaxDomainChars ? null : domain));
        }
        else if (code == StunErrorCode.AllocationMismatch)
        {
            Fail(TurnFailure.AddressInUse(_options.Server), new TurnEvent(TurnEventKind.NeedsNewSocket));
        }
        else if (code == StunErrorCode.Unauthenticated && !_authentication.IsChallenged)
        {
            Fail(TurnFailure.BadAnswer(_options.Server, "with a challenge that is incomplete or asks for something unknown"));
        }
        else
        {
            Fail(failure);
        }
    }

    /// <summary>RFC 8489, section 14.15: of the family that the request used. A referral to itself or a second one would be a circle.</summary>
    private bool TryReadAlternate(in StunMessage answer, out TransportAddress alternate)
    {
        if (!MappedAddressAttribute.TryRead(answer, StunAttributeType.AlternateServer, out alternate)
            || _options.IsAlternate
            || !TurnAddresses.IsUsable(alternate)
            || alternate.IsIPv6 != _options.Server.IsIPv6)
        {
            return false;
        }

        alternate = _options.Server.IsTcp ? alternate.AsTcp() : alternate;
        return alternate != _options.Server;
    }

    /// <summary>One forbidden peer refuses the whole request (RFC 8656, section 10.2), so each of several is asked for alone.</summary>
    private void RefusePermissions(Instant now, TurnTransaction transaction)
    {
        foreach (var permission in transaction.Permissions)
        {
            if (transaction.Permissions.Count > 1)
            {
                _permissions.AskAlone(permission);
            }
            else
            {
                _permissions.Refuse(now, permission);
            }
        }
    }

    private void ExpireTransactions(Instant now)
    {
        for (var i = _transactions.Count - 1; i >= 0 && i < _transactions.Count; i--)
        {
            if (_transactions[i].Schedule.TryExpire(now))
            {
                var transaction = _transactions[i];
                _transactions.RemoveAt(i);
                HandleSilence(now, transaction);
            }
        }
    }

    private void HandleSilence(Instant now, TurnTransaction transaction)
    {
        switch (transaction.Kind)
        {
            case TurnRequestKind.Allocate or TurnRequestKind.Refresh:
                Fail(TurnFailure.Silence(_options.Server, transaction.UnprovenError));
                break;
            case TurnRequestKind.CreatePermission:
                foreach (var permission in transaction.Permissions)
                {
                    _permissions.Refuse(now, permission);
                }

                // Perhaps the server is gone: the allocation's own request tells, long before its time.
                AskRefresh();
                break;
            case TurnRequestKind.ChannelBind:
                _peers.RefuseChannel(now, transaction.Peer!);
                AskRefresh();
                break;
            case TurnRequestKind.Release:
                _authentication.Clear();
                break;
        }
    }
}
