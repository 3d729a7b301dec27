using KillaBeez.WebRtc;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.Turn.Tests.Engine;

/// <summary>A message of the server, taken apart.</summary>
internal sealed record Answer
{
    public required byte[] Bytes { get; init; }

    public required StunMessageType Type { get; init; }

    public StunTransactionId TransactionId { get; init; }

    public int? Error { get; init; }

    public TransportAddress? Mapped { get; init; }

    public TransportAddress? Relayed { get; init; }

    public TransportAddress? Peer { get; init; }

    public uint? Lifetime { get; init; }

    public string? Realm { get; init; }

    public string? Nonce { get; init; }

    public byte[]? Data { get; init; }

    public ushort[] Unknown { get; init; } = [];

    public int? AdditionalFamilyError { get; init; }

    public bool IsSuccess => Type.Class == StunClass.SuccessResponse;

    public bool HasFingerprint { get; init; }

    public static Answer Parse(byte[] bytes)
    {
        Assert.True(StunMessage.TryParse(bytes, out var message, out var error), error.ToString());
        Span<ushort> unknown = stackalloc ushort[16];
        var unknownCount = UnknownAttributesAttribute.Read(message, unknown);
        return new Answer
        {
            Bytes = bytes,
            Type = message.Type,
            TransactionId = message.TransactionId,
            Error = ErrorCodeAttribute.TryRead(message, out var code) ? code.Value : null,
            Mapped = XorMappedAddressAttribute.TryRead(message, out var mapped) ? mapped : null,
            Relayed = XorRelayedAddressAttribute.TryRead(message, out var relayed) ? relayed : null,
            Peer = XorPeerAddressAttribute.TryRead(message, out var peer) ? peer : null,
            Lifetime = LifetimeAttribute.TryRead(message, out var seconds) ? seconds : null,
            Realm = TextAttribute.TryRead(message, StunAttributeType.Realm, out var realm) ? realm : null,
            Nonce = TextAttribute.TryRead(message, StunAttributeType.Nonce, out var nonce) ? nonce : null,
            Data = DataAttribute.TryRead(message, out var data) ? data.ToArray() : null,
            Unknown = unknownCount > 0 ? unknown[..unknownCount].ToArray() : [],
            AdditionalFamilyError = AddressErrorCodeAttribute.TryRead(message, out _, out var familyError) ? familyError.Value : null,
            HasFingerprint = message.FingerprintOffset >= 0 && FingerprintAttribute.IsValid(message),
        };
    }

    /// <summary>Whether the answer was protected with this key.</summary>
    public bool IsProtectedBy(byte[] key) => StunMessage.TryParse(Bytes, out var message, out _) && MessageIntegrityAttribute.IsValid(message, key);
}
