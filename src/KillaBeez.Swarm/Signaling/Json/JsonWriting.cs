using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace KillaBeez.Swarm.Signaling.Json;

/// <summary>Writes JSON objects of ours: compact, fields in the order given, ids in hex, other bytes in base64url.</summary>
internal static class JsonWriting
{
    /// <summary>Builds one object.</summary>
    public static byte[] Object<T>(T state, Action<Utf8JsonWriter, T> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            write(writer, state);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static void WriteBase64Url(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, ReadOnlySpan<byte> bytes)
    {
        var size = Base64Url.GetEncodedLength(bytes.Length);
        byte[]? rented = null;
        var text = size <= 256 ? stackalloc byte[256] : rented = ArrayPool<byte>.Shared.Rent(size);
        var written = Base64Url.EncodeToUtf8(bytes, text);
        writer.WriteString(name, text[..written]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    public static void WritePeerIds(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, IEnumerable<PeerId> ids)
    {
        writer.WriteStartArray(name);
        foreach (var id in ids)
        {
            writer.WriteStringValue(id.ToString());
        }

        writer.WriteEndArray();
    }
}
