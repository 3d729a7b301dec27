using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Ice;

/// <summary>Writes the three messages of connectivity checks (RFC 8445, section 7). Each returns its length.</summary>
internal static class IceMessages
{
    /// <summary>No message is longer: two ufrags of 256 characters in USERNAME and everything else there is.</summary>
    public const int MaxBytes = 640;

    public static int WriteRequest(Span<byte> destination, IceTransaction transaction, ulong tieBreaker)
    {
        var pair = transaction.Pair;
        var remote = pair.Generation.Remote!;
        var writer = new StunWriter(destination, StunMessageType.BindingRequest, transaction.Id);
        UsernameAttribute.Write(ref writer, remote.UfragBytes, pair.Generation.Local.UfragBytes);
        PriorityAttribute.Write(ref writer, IcePriority.ForCheckFrom(pair.Local));
        IceRoleAttribute.Write(ref writer, transaction.Role == IceRole.Controlling, tieBreaker);
        if (transaction.UseCandidate)
        {
            UseCandidateAttribute.Write(ref writer);
        }

        return Seal(ref writer, remote);
    }

    public static int WriteSuccess(Span<byte> destination, StunTransactionId id, TransportAddress mapped, IceCredentials local)
    {
        var writer = new StunWriter(destination, StunMessageType.BindingSuccess, id);
        XorMappedAddressAttribute.Write(ref writer, mapped);
        return Seal(ref writer, local);
    }

    public static int WriteError(
        Span<byte> destination, StunTransactionId id, StunErrorCode code, ReadOnlySpan<ushort> unknownAttributes, IceCredentials local)
    {
        var writer = new StunWriter(destination, StunMessageType.BindingError, id);
        ErrorCodeAttribute.Write(ref writer, code);
        if (!unknownAttributes.IsEmpty)
        {
            UnknownAttributesAttribute.Write(ref writer, unknownAttributes);
        }

        return Seal(ref writer, local);
    }

    private static int Seal(ref StunWriter writer, IceCredentials keyOwner)
    {
        MessageIntegrityAttribute.Write(ref writer, keyOwner.PasswordBytes);
        FingerprintAttribute.Write(ref writer);
        return writer.Length;
    }
}
