using System.Buffers.Binary;
using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Turn;

/// <summary>
/// RESERVATION-TOKEN (RFC 8656, section 18.10): names a port that an earlier EVEN-PORT put in reserve.
/// <code>
/// | 0x0022 | 8 | token (64 bits) |
/// </code>
/// </summary>
internal static class ReservationTokenAttribute
{
    private const int Bytes = 8;

    public static void Write(ref StunWriter writer, ulong token) =>
        BinaryPrimitives.WriteUInt64BigEndian(writer.Reserve(StunAttributeType.ReservationToken, Bytes), token);

    public static bool TryRead(in StunMessage message, out ulong token)
    {
        var found = message.TryGet(StunAttributeType.ReservationToken, out var value) && value.Length == Bytes;
        token = found ? BinaryPrimitives.ReadUInt64BigEndian(value) : 0;
        return found;
    }
}
