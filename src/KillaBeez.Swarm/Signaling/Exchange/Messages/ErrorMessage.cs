using System.Text.Json;
using KillaBeez.Swarm.Signaling.Json;

namespace KillaBeez.Swarm.Signaling.Exchange.Messages;

/// <summary>
/// Something was refused: <c>{"type":"error","code":name,"text":sentence[,"id":b64(16)][,"request":n]}</c>. With an id it is about
/// that signal, with a request about that request, with neither about the socket, which is then closed.
/// </summary>
internal sealed record ErrorMessage : ExchangeMessage
{
    public const string TypeName = "error";

    private const int MaximumTextBytes = 512;

    public override string Type => TypeName;

    /// <summary>Why.</summary>
    public required ExchangeErrorCode Code { get; init; }

    /// <summary>A sentence for a person.</summary>
    public string Text { get; init; } = "";

    /// <summary>The refused signal.</summary>
    public SignalId? SignalId { get; init; }

    /// <summary>The refused request.</summary>
    public uint? Request { get; init; }

    protected override void WriteFields(Utf8JsonWriter writer)
    {
        writer.WriteString("code"u8, Code.ToWire());
        writer.WriteString("text"u8, Text);
        if (SignalId is { } id)
        {
            Span<byte> bytes = stackalloc byte[Signaling.SignalId.SizeBytes];
            id.CopyTo(bytes);
            writer.WriteBase64Url("id"u8, bytes);
        }

        if (Request is { } request)
        {
            writer.WriteNumber("request"u8, request);
        }
    }

    internal static ErrorMessage? Read(scoped JsonFields fields)
    {
        if (!fields.TryGetText("code"u8, 64, out var code))
        {
            return null;
        }

        fields.TryGetText("text"u8, MaximumTextBytes, out var text);
        Span<byte> id = stackalloc byte[Signaling.SignalId.SizeBytes];
        return new ErrorMessage
        {
            Code = ExchangeErrorCodes.FromWire(code),
            Text = text,
            SignalId = fields.TryGetBase64("id"u8, id) ? new SignalId(id) : null,
            Request = fields.TryGetUInt32("request"u8, out var request) ? request : null,
        };
    }
}
