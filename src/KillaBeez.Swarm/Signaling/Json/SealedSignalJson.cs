using System.Text.Json;

namespace KillaBeez.Swarm.Signaling.Json;

/// <summary>
/// The JSON form of a signal:
/// <code>{"v":1,"to":hex64,"from":hex64,"id":b64(16),"created":ms,"expires":ms,"key":b64(32),"box":b64,"sig":b64(64)}</code>
/// </summary>
internal static class SealedSignalJson
{
    public static bool TryParse(ReadOnlySpan<byte> utf8Json, out SealedSignal? signal, out SignalParseError error)
    {
        signal = null;
        if (utf8Json.Length > SignalLimits.MaximumMessageBytes)
        {
            error = SignalParseError.TooLarge;
            return false;
        }

        if (!JsonFields.TryParse(utf8Json, out var fields))
        {
            error = SignalParseError.NotJson;
            return false;
        }

        if (fields.TryGetUInt64("v"u8, out var version) && version != SealedSignal.Version)
        {
            error = SignalParseError.UnsupportedVersion;
            return false;
        }

        error = SignalParseError.MissingOrMalformedField;
        Span<byte> id = stackalloc byte[SignalId.SizeBytes];
        var key = new byte[SealedSignal.EphemeralKeyBytes];
        var signature = new byte[SealedSignal.SignatureBytes];
        if (version != SealedSignal.Version
            || !fields.TryGetPeerId("to"u8, out var to)
            || !fields.TryGetPeerId("from"u8, out var from)
            || !fields.TryGetBase64("id"u8, id)
            || !fields.TryGetUInt64("created"u8, out var created)
            || !fields.TryGetUInt64("expires"u8, out var expires)
            || !SealedSignal.AreTimes(created, expires)
            || !fields.TryGetBase64("key"u8, key)
            || !fields.TryGetBase64("box"u8, SealedSignal.MinimumBoxBytes, SealedSignal.MaximumBoxBytes, out var box)
            || !fields.TryGetBase64("sig"u8, signature))
        {
            return false;
        }

        error = SignalParseError.None;
        signal = new SealedSignal
        {
            To = to,
            From = from,
            Id = new SignalId(id),
            CreatedUnixMs = (long)created,
            ExpiresUnixMs = (long)expires,
            EphemeralKey = key,
            Box = box,
            Signature = signature,
        };
        return true;
    }

    public static byte[] ToJson(SealedSignal signal) => JsonWriting.Object(signal, static (writer, s) => WriteFields(writer, s));

    /// <summary>Writes the fields into an object that has been started.</summary>
    public static void WriteFields(Utf8JsonWriter writer, SealedSignal signal)
    {
        Span<byte> id = stackalloc byte[SignalId.SizeBytes];
        signal.Id.CopyTo(id);
        writer.WriteNumber("v"u8, SealedSignal.Version);
        writer.WriteString("to"u8, signal.To.ToString());
        writer.WriteString("from"u8, signal.From.ToString());
        writer.WriteBase64Url("id"u8, id);
        writer.WriteNumber("created"u8, signal.CreatedUnixMs);
        writer.WriteNumber("expires"u8, signal.ExpiresUnixMs);
        writer.WriteBase64Url("key"u8, signal.EphemeralKey.Span);
        writer.WriteBase64Url("box"u8, signal.Box.Span);
        writer.WriteBase64Url("sig"u8, signal.Signature.Span);
    }
}
