namespace KillaBeez.WebRtc.DataChannels;

/// <summary>The payload protocol identifiers of WebRTC (RFC 8831 section 8).</summary>
internal static class PayloadProtocol
{
    public const uint Dcep = 50;
    public const uint Text = 51;

    /// <summary>Deprecated: a part of a binary message, from very old Firefox.</summary>
    public const uint BinaryPartial = 52;

    public const uint Binary = 53;

    /// <summary>Deprecated: a part of a text message.</summary>
    public const uint TextPartial = 54;

    /// <summary>SCTP has no empty messages: one byte stands for none and is ignored.</summary>
    public const uint TextEmpty = 56;

    public const uint BinaryEmpty = 57;

    public static uint Of(bool isText, bool isEmpty) => isText
        ? isEmpty ? TextEmpty : Text
        : isEmpty ? BinaryEmpty : Binary;

    public static bool IsText(uint protocol) => protocol is Text or TextEmpty or TextPartial;

    public static bool IsEmpty(uint protocol) => protocol is TextEmpty or BinaryEmpty;

    public static bool IsUserMessage(uint protocol) =>
        protocol is Text or Binary or TextEmpty or BinaryEmpty or TextPartial or BinaryPartial;
}
