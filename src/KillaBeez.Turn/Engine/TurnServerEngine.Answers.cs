using KillaBeez.Turn.Allocations;
using KillaBeez.Turn.Authentication;
using KillaBeez.Turn.Quotas;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.Turn.Engine;

/// <summary>
/// What is answered. Whoever has not shown credentials may have forged the source, so what goes to it is little and
/// seldom: see <see cref="TryTakeAnonymous"/>.
/// </summary>
internal sealed partial class TurnServerEngine
{
    private void AnswerBinding(Instant now, FiveTuple tuple, in StunMessage message)
    {
        if (!TryTakeAnonymous(now, tuple, _bindings))
        {
            return;
        }

        Span<ushort> unknown = stackalloc ushort[StunLimits.MaxListedUnknownAttributes];
        var unknownCount = message.CollectUnknownRequired(unknown);
        if (unknownCount > 0)
        {
            RespondUnknown(tuple, message, unknown[..unknownCount], default);
            return;
        }

        Span<byte> buffer = stackalloc byte[TurnServerLimits.MaxResponseBytes];
        var writer = new StunWriter(buffer, StunMessageType.BindingSuccess, message.TransactionId);
        XorMappedAddressAttribute.Write(ref writer, tuple.Client);
        Counts.BindingAnswers++;
        Finish(tuple, ref writer, default, message.FingerprintOffset >= 0);
    }

    /// <summary>401, 438 or 400 to a request whose credentials are not valid.</summary>
    private void Challenge(Instant now, FiveTuple tuple, in StunMessage message, AuthenticationResult result)
    {
        Counts.AuthenticationFailures++;

        // A stale nonce comes with a valid integrity check: this client is known, and its request is longer than the answer.
        if (result != AuthenticationResult.StaleNonce && !TryTakeAnonymous(now, tuple, _unauthenticated))
        {
            return;
        }

        Span<byte> buffer = stackalloc byte[TurnServerLimits.MaxResponseBytes];
        var writer = new StunWriter(buffer, message.Type.ToError(), message.TransactionId);
        switch (result)
        {
            case AuthenticationResult.Incomplete:
                ErrorCodeAttribute.Write(ref writer, StunErrorCode.BadRequest);
                break;
            default:
                ErrorCodeAttribute.Write(
                    ref writer, result == AuthenticationResult.StaleNonce ? StunErrorCode.StaleNonce : StunErrorCode.Unauthenticated);
                _authenticator.WriteChallenge(now, tuple.Client, ref writer);
                break;
        }

        Finish(tuple, ref writer, default, message.FingerprintOffset >= 0);
    }

    /// <summary>Whether an answer may go to a source that has not shown credentials, against its own rate and that of all.</summary>
    private bool TryTakeAnonymous(Instant now, FiveTuple tuple, SourceLimiter limiter)
    {
        if (limiter.TryTake(now, SourceKey.Of(tuple.Client)) && _anonymous.TryTake(now))
        {
            return true;
        }

        Counts.AnswersSuppressed++;
        return false;
    }

    private void RespondAllocated(Instant now, Allocation allocation, StunTransactionId transactionId)
    {
        Span<byte> buffer = stackalloc byte[TurnServerLimits.MaxResponseBytes];
        var writer = new StunWriter(buffer, StunMessageType.AllocateRequest.ToSuccess(), transactionId);
        XorRelayedAddressAttribute.Write(ref writer, allocation.Relayed);
        LifetimeAttribute.Write(ref writer, SecondsUntil(now, allocation.ExpiresAt));
        XorMappedAddressAttribute.Write(ref writer, allocation.Tuple.Client);
        if (allocation.WantedAdditionalFamily)
        {
            // RFC 8656, section 7.3: the family that could not be had is named, and the allocation stands.
            AddressErrorCodeAttribute.Write(ref writer, TurnAddressFamily.IPv6, StunErrorCode.AddressFamilyNotSupported);
        }

        Finish(allocation.Tuple, ref writer, allocation.Key, allocation.WantsFingerprint);
    }

    private void RespondSuccess(in TurnRequest request)
    {
        Span<byte> buffer = stackalloc byte[TurnServerLimits.MaxResponseBytes];
        var writer = new StunWriter(buffer, request.Message.Type.ToSuccess(), request.Message.TransactionId);
        Finish(request.Tuple, ref writer, request.Key, request.Message.FingerprintOffset >= 0);
    }

    private void RespondRefreshed(in TurnRequest request, uint seconds)
    {
        Span<byte> buffer = stackalloc byte[TurnServerLimits.MaxResponseBytes];
        var writer = new StunWriter(buffer, request.Message.Type.ToSuccess(), request.Message.TransactionId);
        LifetimeAttribute.Write(ref writer, seconds);
        Finish(request.Tuple, ref writer, request.Key, request.Message.FingerprintOffset >= 0);
    }

    private void RespondError(in TurnRequest request, StunErrorCode code) => RespondError(
        request.Tuple, request.Message.TransactionId, request.Message.Type, code, request.Key, request.Message.FingerprintOffset >= 0);

    private void RespondError(
        FiveTuple tuple, StunTransactionId transactionId, StunMessageType requestType, StunErrorCode code, ReadOnlySpan<byte> key, bool withFingerprint)
    {
        Span<byte> buffer = stackalloc byte[TurnServerLimits.MaxResponseBytes];
        var writer = new StunWriter(buffer, requestType.ToError(), transactionId);
        ErrorCodeAttribute.Write(ref writer, code);
        Finish(tuple, ref writer, key, withFingerprint);
    }

    private void RespondUnknown(FiveTuple tuple, in StunMessage message, ReadOnlySpan<ushort> types, ReadOnlySpan<byte> key)
    {
        Span<byte> buffer = stackalloc byte[TurnServerLimits.MaxResponseBytes];
        var writer = new StunWriter(buffer, message.Type.ToError(), message.TransactionId);
        ErrorCodeAttribute.Write(ref writer, StunErrorCode.UnknownAttribute);
        UnknownAttributesAttribute.Write(ref writer, types);
        Finish(tuple, ref writer, key, message.FingerprintOffset >= 0);
    }

    /// <summary>Seals an answer and queues it.</summary>
    private void Finish(FiveTuple tuple, ref StunWriter writer, ReadOnlySpan<byte> key, bool withFingerprint)
    {
        if (!key.IsEmpty)
        {
            MessageIntegrityAttribute.Write(ref writer, key);
        }

        if (withFingerprint)
        {
            FingerprintAttribute.Write(ref writer);
        }

        if (!_responses.TryAdd(tuple, writer))
        {
            Counts.AnswersSuppressed++;
        }
    }

    private static uint SecondsUntil(Instant now, Instant then) => (uint)Math.Max(0, Math.Ceiling((then - now).TotalSeconds));
}
