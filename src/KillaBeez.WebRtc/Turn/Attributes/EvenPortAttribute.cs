using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Turn;

/// <summary>
/// EVEN-PORT (RFC 8656, section 18.7): asks for an even relayed port, and with R for the next higher one in reserve.
/// <code>
/// | 0x0018 | 1 | R (1 bit) | RFFU (7 bits) | padding |
/// </code>
/// </summary>
internal static class EvenPortAttribute
{
    private const byte ReserveNextFlag = 0x80;

    public static void Write(ref StunWriter writer, bool reserveNext) =>
        writer.Write(StunAttributeType.EvenPort, [reserveNext ? ReserveNextFlag : (byte)0]);

    public static bool TryRead(in StunMessage message, out bool reserveNext)
    {
        var found = message.TryGet(StunAttributeType.EvenPort, out var value) && value.Length == 1;
        reserveNext = found && (value[0] & ReserveNextFlag) != 0;
        return found;
    }
}
