using KillaBeez.Turn.Allocations;
using KillaBeez.Turn.Authentication;
using KillaBeez.Turn.Quotas;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.Turn.Engine;

/// <summary>Requests: Allocate and Refresh (RFC 8656, sections 7.2 and 8.2).</summary>
internal sealed partial class TurnServerEngine
{
    private void HandleRequest(Instant now, FiveTuple tuple, in StunMessage message)
    {
        if (_allocations.TryGetValue(tuple, out var allocation) && allocation.ExpiresAt <= now)
        {
            Delete(now, allocation);
            allocation = null;
        }

        Span<byte> key = stackalloc byte[StunKeys.Md5Bytes];
        var result = _authenticator.Check(now, _wallTime.UnixSecondsAt(now), tuple.Client, message, allocation, key);
        if (result != AuthenticationResult.Valid)
        {
            Challenge(now, tuple, message, result);
            return;
        }

        // The socket of an allocation is bound between two calls of the owner: a request before is a retransmission.
        if (allocation is { IsReady: false })
        {
            return;
        }

        // RFC 8489, section 6.3.1: attributes are looked at after the credentials.
        Span<ushort> unknown = stackalloc ushort[StunLimits.MaxListedUnknownAttributes];
        var unknownCount = message.CollectUnknownRequired(unknown);
        if (unknownCount > 0)
        {
            RespondUnknown(tuple, message, unknown[..unknownCount], key);
            return;
        }

        var request = new TurnRequest(now, tuple, message, key);
        if (message.Type == StunMessageType.AllocateRequest)
        {
            HandleAllocate(request, allocation);
        }
        else if (allocation is null)
        {
            RespondError(request, StunErrorCode.AllocationMismatch);
        }
        else if (!request.Username.SequenceEqual(allocation.Username))
        {
            RespondError(request, StunErrorCode.WrongCredentials);
        }
        else if (message.Type == StunMessageType.RefreshRequest)
        {
            HandleRefresh(request, allocation);
        }
        else if (message.Type == StunMessageType.CreatePermissionRequest)
        {
            HandleCreatePermission(request, allocation);
        }
        else
        {
            HandleChannelBind(request, allocation);
        }
    }

    private void HandleAllocate(in TurnRequest request, Allocation? existing)
    {
        if (existing is not null)
        {
            // RFC 8656, section 7.2: the retransmission of the request that made the allocation gets the same answer,
            // another request means that the client does not know of the allocation.
            if (existing.TransactionId == request.Message.TransactionId && request.Username.SequenceEqual(existing.Username))
            {
                RespondAllocated(request.Now, existing, existing.TransactionId);
            }
            else
            {
                RespondError(request, StunErrorCode.AllocationMismatch);
            }

            return;
        }

        if (!TryReadAllocate(request, out var wanted, out var error) || !TryCharge(request, out var user, out var source, out error))
        {
            Counts.AllocationsRefused++;
            RespondError(request, error);
            return;
        }

        var allocation = new Allocation
        {
            Tuple = request.Tuple,
            Relay = new RelayId(++_lastRelay),
            IsIPv6 = wanted.IsIPv6,
            Username = request.Username.ToArray(),
            Key = request.Key.ToArray(),
            UserAccount = user,
            SourceAccount = source,
            TransactionId = request.Message.TransactionId,
            WantedAdditionalFamily = wanted.HasAdditionalFamily,
            WantsFingerprint = request.Message.FingerprintOffset >= 0,
            ExpiresAt = request.Now + LifetimeFor(request.Message),
            CleanUpAt = request.Now,
        };
        user.AddAllocation();
        source.AddAllocation();
        _allocations.Add(allocation.Tuple, allocation);
        _byRelay.Add(allocation.Relay, allocation);
        _streams.Hold(allocation.Tuple);
        _events.Enqueue(new TurnServerEvent(TurnServerEventKind.OpenRelay, allocation.Relay, wanted.IsIPv6, wanted.IsEvenPort));
        ArmSweep(request.Now);
    }

    /// <summary>What kind of relayed address an Allocate asks for.</summary>
    private readonly record struct WantedRelay(bool IsIPv6, bool IsEvenPort, bool HasAdditionalFamily);

    /// <summary>The checks of RFC 8656, section 7.2, in its order.</summary>
    private bool TryReadAllocate(in TurnRequest request, out WantedRelay wanted, out StunErrorCode error)
    {
        wanted = default;
        var message = request.Message;
        var hasFamily = message.Has(StunAttributeType.RequestedAddressFamily);
        var hasToken = message.Has(StunAttributeType.ReservationToken);
        var hasEvenPort = EvenPortAttribute.TryRead(message, out var reserveNext);
        var hasAdditional = AdditionalAddressFamilyAttribute.TryRead(message, out var additional);
        var family = TurnAddressFamily.IPv4;
        error = !RequestedTransportAttribute.TryRead(message, out var protocol) ? StunErrorCode.BadRequest
            : protocol != RequestedTransportAttribute.Udp ? StunErrorCode.UnsupportedTransportProtocol
            : hasToken && (hasEvenPort || hasFamily || hasAdditional) ? StunErrorCode.BadRequest
            // No ports are held in reserve, so there is no token that could be valid, and no port that could be reserved.
            : hasToken || reserveNext ? StunErrorCode.InsufficientCapacity
            : hasAdditional && (hasFamily || hasEvenPort || additional != TurnAddressFamily.IPv6) ? StunErrorCode.BadRequest
            : hasFamily && !RequestedAddressFamilyAttribute.TryRead(message, out family) ? StunErrorCode.BadRequest
            : !HasRelayAddress(family) ? StunErrorCode.AddressFamilyNotSupported
            : default;
        wanted = new WantedRelay(family == TurnAddressFamily.IPv6, hasEvenPort, hasAdditional);
        return error == default;
    }

    private bool HasRelayAddress(TurnAddressFamily family)
    {
        foreach (var address in _options.RelayAddresses)
        {
            if (family == (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? TurnAddressFamily.IPv6 : TurnAddressFamily.IPv4))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Finds the accounts that an allocation counts against, if they and the server have room for it.</summary>
    private bool TryCharge(
        in TurnRequest request,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Account? user,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Account? source,
        out StunErrorCode error)
    {
        user = source = null;
        if (_allocations.Count >= _options.MaxAllocations
            || !_users.TryGet(request.Now, CredentialStore.UserOf(request.Username), out user)
            || !_sources.TryGet(request.Now, SourceKey.Of(request.Tuple.Client), out source))
        {
            error = StunErrorCode.InsufficientCapacity;
            return false;
        }

        error = user.HasRoomForAllocation(request.Now) && source.HasRoomForAllocation(request.Now) ? default : StunErrorCode.AllocationQuotaReached;
        return error == default;
    }

    private void HandleRefresh(in TurnRequest request, Allocation allocation)
    {
        if (request.Message.Has(StunAttributeType.RequestedAddressFamily))
        {
            if (!RequestedAddressFamilyAttribute.TryRead(request.Message, out var family)
                || family != (allocation.IsIPv6 ? TurnAddressFamily.IPv6 : TurnAddressFamily.IPv4))
            {
                RespondError(request, StunErrorCode.PeerAddressFamilyMismatch);
                return;
            }
        }

        if (LifetimeAttribute.TryRead(request.Message, out var seconds) && seconds == 0)
        {
            RespondRefreshed(request, 0);
            Delete(request.Now, allocation);
            return;
        }

        allocation.ExpiresAt = request.Now + LifetimeFor(request.Message);
        RespondRefreshed(request, SecondsUntil(request.Now, allocation.ExpiresAt));
    }

    /// <summary>RFC 8656, section 7.2: what is asked for, but no less than the default and no more than the maximum.</summary>
    private TimeSpan LifetimeFor(in StunMessage message)
    {
        var seconds = LifetimeAttribute.TryRead(message, out var asked) ? asked : 0;
        return TimeSpan.FromSeconds(Math.Clamp(seconds, TurnServerLimits.DefaultLifetimeMs / 1000, (long)_options.MaxLifetime.TotalSeconds));
    }
}
