namespace KillaBeez.WebRtc.Stun;

/// <summary>The two class bits of a STUN message type.</summary>
internal enum StunClass : byte
{
    Request = 0,
    Indication = 1,
    SuccessResponse = 2,
    ErrorResponse = 3,
}

/// <summary>
/// The message type: a 12-bit method with the two class bits woven in (RFC 8489, section 5).
/// <code>
///  0                 1
///  2  3  4 5 6 7 8 9 0 1 2 3 4 5
/// +--+--+-+-+-+-+-+-+-+-+-+-+-+-+
/// |M |M |M|M|M|C|M|M|M|C|M|M|M|M|
/// |11|10|9|8|7|1|6|5|4|0|3|2|1|0|
/// +--+--+-+-+-+-+-+-+-+-+-+-+-+-+
/// </code>
/// </summary>
/// <param name="Value">The 14 bits as they are on the wire.</param>
internal readonly record struct StunMessageType(ushort Value)
{
    public static StunMessageType BindingRequest { get; } = From(StunMethods.Binding, StunClass.Request);

    public static StunMessageType BindingIndication { get; } = From(StunMethods.Binding, StunClass.Indication);

    public static StunMessageType BindingSuccess { get; } = From(StunMethods.Binding, StunClass.SuccessResponse);

    public static StunMessageType BindingError { get; } = From(StunMethods.Binding, StunClass.ErrorResponse);

    public static StunMessageType AllocateRequest { get; } = From(StunMethods.Allocate, StunClass.Request);

    public static StunMessageType RefreshRequest { get; } = From(StunMethods.Refresh, StunClass.Request);

    public static StunMessageType SendIndication { get; } = From(StunMethods.Send, StunClass.Indication);

    public static StunMessageType DataIndication { get; } = From(StunMethods.Data, StunClass.Indication);

    public static StunMessageType CreatePermissionRequest { get; } = From(StunMethods.CreatePermission, StunClass.Request);

    public static StunMessageType ChannelBindRequest { get; } = From(StunMethods.ChannelBind, StunClass.Request);

    /// <summary>The success response of the same method.</summary>
    public StunMessageType ToSuccess() => From(Method, StunClass.SuccessResponse);

    /// <summary>The error response of the same method.</summary>
    public StunMessageType ToError() => From(Method, StunClass.ErrorResponse);

    public StunClass Class => (StunClass)(((Value >> 7) & 0b10) | ((Value >> 4) & 0b01));

    public ushort Method => (ushort)((Value & 0x000F) | ((Value & 0x00E0) >> 1) | ((Value & 0x3E00) >> 2));

    public bool IsBinding => Method == StunMethods.Binding;

    /// <param name="method">0..0xFFF.</param>
    /// <param name="messageClass">What the message is to its receiver.</param>
    public static StunMessageType From(ushort method, StunClass messageClass)
    {
        var c = (int)messageClass;
        return new StunMessageType((ushort)(
            (method & 0x000F) | ((method & 0x0070) << 1) | ((method & 0x0F80) << 2) | ((c & 0b01) << 4) | ((c & 0b10) << 7)));
    }
}
