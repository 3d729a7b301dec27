using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Tests.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.WebRtc.Tests.Turn;

internal static class TurnReading
{
    /// <summary>Calls every reader there is on bytes of any origin; all must return.</summary>
    public static void ReadEverything(ReadOnlySpan<byte> bytes)
    {
        StunReading.ReadEverything(bytes);
        _ = ChannelData.TryParse(bytes, out _, out _, out _);
        if (!StunMessage.TryParse(bytes, out var message, out _))
        {
            return;
        }

        _ = ChannelNumberAttribute.TryRead(message, out _);
        _ = LifetimeAttribute.TryRead(message, out _);
        _ = XorPeerAddressAttribute.TryRead(message, out _);
        _ = XorPeerAddressAttribute.ReadAll(message, new TransportAddress[4]);
        _ = XorRelayedAddressAttribute.TryRead(message, out _);
        _ = DataAttribute.TryRead(message, out _);
        _ = RequestedAddressFamilyAttribute.TryRead(message, out _);
        _ = AdditionalAddressFamilyAttribute.TryRead(message, out _);
        _ = EvenPortAttribute.TryRead(message, out _);
        _ = RequestedTransportAttribute.TryRead(message, out _);
        _ = DontFragmentAttribute.IsPresent(message);
        _ = ReservationTokenAttribute.TryRead(message, out _);
        _ = AddressErrorCodeAttribute.TryRead(message, out _, out _);
        _ = PasswordAlgorithmsAttribute.TryReadFirstKnown(message, out _);
        _ = new TurnAuthentication("user", "password").TryAccept(message);
        var attributes = message.ReadAttributes();
        while (attributes.TryReadNext(out _, out _))
        {
        }
    }
}
