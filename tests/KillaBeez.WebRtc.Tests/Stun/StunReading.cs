using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Tests.Stun;

internal static class StunReading
{
    private static readonly byte[] Key = [1, 2, 3];

    /// <summary>Calls every reader there is on bytes of any origin; all must return.</summary>
    public static void ReadEverything(ReadOnlySpan<byte> bytes)
    {
        _ = StunDemux.Classify(bytes);
        _ = StunDemux.TryReadUsernameLocalUfrag(bytes, out _);
        if (!StunMessage.TryParse(bytes, out var message, out _))
        {
            return;
        }

        _ = UsernameAttribute.TryReadParts(message, out _, out _);
        _ = PriorityAttribute.TryRead(message, out _);
        _ = UseCandidateAttribute.IsPresent(message);
        _ = IceRoleAttribute.TryRead(message, out _, out _);
        _ = MappedAddressAttribute.TryRead(message, StunAttributeType.MappedAddress, out _);
        _ = XorMappedAddressAttribute.TryRead(message, out _);
        _ = ErrorCodeAttribute.TryRead(message, out _);
        _ = UnknownAttributesAttribute.Read(message, stackalloc ushort[4]);
        _ = TextAttribute.TryRead(message, StunAttributeType.Realm, out _);
        _ = TextAttribute.TryRead(message, StunAttributeType.Software, out _);
        _ = PasswordAlgorithmAttribute.TryRead(message, out _);
        _ = MessageIntegrityAttribute.IsValid(message, Key);
        _ = MessageIntegritySha256Attribute.IsValid(message, Key);
        _ = FingerprintAttribute.IsValid(message);
        _ = message.CollectUnknownRequired(stackalloc ushort[4]);
    }
}
