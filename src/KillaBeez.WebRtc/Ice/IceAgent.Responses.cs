using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Ice;

/// <content>Answers to our checks, and checks that get none (RFC 8445, section 7.2.5).</content>
internal sealed partial class IceAgent
{
    private bool HandleResponse(Instant now, NetworkPath path, in StunMessage message)
    {
        if (!_transactions.TryGet(message.TransactionId, out var transaction))
        {
            Statistics.UnauthenticResponses++;
            return false;
        }

        var pair = transaction.Pair;
        var hasWrongFingerprint = message.FingerprintOffset >= 0 && !FingerprintAttribute.IsValid(message);
        if (hasWrongFingerprint || !MessageIntegrityAttribute.IsValid(message, pair.Generation.Remote!.PasswordBytes))
        {
            // Also for 400 and 401, which may come without integrity: the transaction goes on and times out.
            Statistics.UnauthenticResponses++;
            return false;
        }

        if (pair.Path != path)
        {
            // RFC 8445, section 7.2.5.2.1: an answer must come back the way the request went.
            Statistics.AsymmetricResponses++;
            return false;
        }

        Span<ushort> unknown = stackalloc ushort[1];
        if (message.CollectUnknownRequired(unknown) > 0)
        {
            // RFC 8489, section 6.3.3: a response that cannot be understood is discarded.
            Statistics.UnauthenticResponses++;
            return false;
        }

        if (message.Type.Class == StunClass.ErrorResponse)
        {
            OnErrorResponse(now, transaction, message);
            return true;
        }

        if (!XorMappedAddressAttribute.TryRead(message, out var mapped))
        {
            Statistics.Malformed++;
            return false;
        }

        Statistics.ResponsesReceived++;
        _transactions.Remove(transaction);
        pair.MappedAddress = pair.IsTcp ? mapped.AsTcp() : mapped;
        OnSuccessResponse(now, transaction);
        return true;
    }

    private void OnErrorResponse(Instant now, IceTransaction transaction, in StunMessage message)
    {
        Statistics.ResponsesReceived++;
        _transactions.Remove(transaction);
        var pair = transaction.Pair;
        NoteInbound(now, pair);
        if (!ErrorCodeAttribute.TryRead(message, out var code) || code != StunErrorCode.RoleConflict)
        {
            if (!transaction.IsProbe && !transaction.IsSuperseded)
            {
                FailPair(now, pair);
            }

            return;
        }

        Statistics.RoleConflicts++;
        if (Role == transaction.Role)
        {
            SwitchRole(now);
        }

        // RFC 8445, section 7.2.5.1: the pair is checked again in the new role.
        if (pair.State != IcePairState.Succeeded && ReferenceEquals(pair.Generation, _current))
        {
            pair.State = IcePairState.Waiting;
            _checks.Trigger(pair);
        }
    }

    private void OnSuccessResponse(Instant now, IceTransaction transaction)
    {
        var pair = transaction.Pair;
        pair.LastResponse = now;
        if (transaction.Sends == 1)
        {
            // Karn: an answer to a repeated request does not say which send it answers.
            pair.NoteRoundTrip(now - transaction.FirstSentAt);
        }

        NoteInbound(now, pair);
        if (ReferenceEquals(pair, Selected))
        {
            RenewConsent(now, pair);
        }

        if (ReferenceEquals(pair.Generation, _current))
        {
            OnPairSucceeded(now, pair, transaction.UseCandidate);
        }
    }

    private void OnTransactionExpired(Instant now, IceTransaction transaction)
    {
        if (transaction.IsProbe || transaction.IsSuperseded)
        {
            return;
        }

        var pair = transaction.Pair;
        if (pair.State == IcePairState.Succeeded && !IsConsentStale(now, pair))
        {
            // Only the nomination was lost, the pair works: choose again.
            pair.IsBeingNominated = false;
            EvaluateNomination(now);
        }
        else
        {
            FailPair(now, pair);
        }
    }

    private void FailPair(Instant now, IceCandidatePair pair)
    {
        pair.IsBeingNominated = false;
        pair.IsValid = false;
        pair.State = IcePairState.Failed;
        EvaluateNomination(now);
        CheckForFailure(now);
    }
}
