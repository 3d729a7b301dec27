namespace KillaBeez.WebRtc.Stun;

/// <summary>
/// USE-CANDIDATE (RFC 8445, section 16.1): the controlling side nominates this pair. A flag without a value.
/// <code>
/// | 0x0025 | 0 |
/// </code>
/// </summary>
internal static class UseCandidateAttribute
{
    public static void Write(ref StunWriter writer) => writer.Reserve(StunAttributeType.UseCandidate, 0);

    public static bool IsPresent(in StunMessage message) => message.Has(StunAttributeType.UseCandidate);
}
