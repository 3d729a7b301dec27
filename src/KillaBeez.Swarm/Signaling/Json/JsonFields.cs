using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace KillaBeez.Swarm.Signaling.Json;

/// <summary>
/// The fields of one JSON object that a peer sent, found in one bounded pass that never throws; values are read
/// on demand. Names may come in any order, unknown names are left alone, a name that comes twice is refused
/// (two readers could take different ones).
/// </summary>
internal readonly ref struct JsonFields
{
    /// <summary>More fields than any message of ours has, with room for later versions.</summary>
    internal const int MaximumFields = 24;

    private const int MaximumDepth = 4;

    /// <summary>A byte of text as an escape of the form \u003C.</summary>
    private const int MaximumEscapedBytesPerByte = 6;

    private readonly ReadOnlySpan<byte> _json;
    private readonly FieldTable _table;
    private readonly int _count;

    private JsonFields(ReadOnlySpan<byte> json, scoped in FieldTable table, int count)
    {
        _json = json;
        _table = table;
        _count = count;
    }

    /// <summary>Finds the fields of an object that fills <paramref name="utf8Json"/>.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8Json, out JsonFields fields)
    {
        fields = default;
        try
        {
            var reader = NewReader(utf8Json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            var table = default(FieldTable);
            var count = 0;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (count == MaximumFields)
                {
                    return false;
                }

                ref var field = ref table[count];
                field.NameStart = (int)reader.TokenStartIndex + 1;
                field.NameBytes = reader.ValueSpan.Length;
                reader.Read();
                field.Type = reader.TokenType;
                field.ValueStart = (int)reader.TokenStartIndex;
                reader.Skip();
                field.ValueBytes = (int)reader.BytesConsumed - field.ValueStart;
                if (IsRepeated(utf8Json, table, count))
                {
                    return false;
                }

                count++;
            }

            // Reading to the end finds anything that follows the object.
            if (reader.TokenType != JsonTokenType.EndObject || reader.Read())
            {
                return false;
            }

            fields = new JsonFields(utf8Json, table, count);
            return true;
        }
        catch (JsonException)
        {
            // Utf8JsonReader reports malformed JSON by an exception only; this is the one place where it ends.
            return false;
        }
    }

    /// <summary>A whole number without sign, fraction or exponent.</summary>
    public bool TryGetUInt64(ReadOnlySpan<byte> name, out ulong value)
    {
        value = 0;
        return TryFind(name, out var field)
            && field.Type == JsonTokenType.Number
            && Utf8Parser.TryParse(ValueOf(field), out value, out var consumed)
            && consumed == field.ValueBytes;
    }

    /// <summary>A whole number of at most 32 bits.</summary>
    public bool TryGetUInt32(ReadOnlySpan<byte> name, out uint value)
    {
        var fits = TryGetUInt64(name, out var wide) && wide <= uint.MaxValue;
        value = fits ? (uint)wide : 0;
        return fits;
    }

    public bool TryGetPeerId(ReadOnlySpan<byte> name, out PeerId id)
    {
        id = default;
        return TryFindString(name, out var text) && TryParsePeerId(text, out id);
    }

    /// <summary>Base64url without padding that decodes to exactly the size of <paramref name="destination"/>.</summary>
    public bool TryGetBase64(ReadOnlySpan<byte> name, Span<byte> destination) =>
        TryFindString(name, out var text)
        && text.Length == Base64Url.GetEncodedLength(destination.Length)
        && Base64Url.DecodeFromUtf8(text, destination, out _, out var written) == OperationStatus.Done
        && written == destination.Length;

    /// <summary>Base64url without padding of a size within bounds.</summary>
    public bool TryGetBase64(ReadOnlySpan<byte> name, int minimumBytes, int maximumBytes, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (!TryFindString(name, out var text) || text.Length > Base64Url.GetEncodedLength(maximumBytes))
        {
            return false;
        }

        var decoded = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        if (Base64Url.DecodeFromUtf8(text, decoded, out _, out var written) != OperationStatus.Done
            || written < minimumBytes
            || Base64Url.GetEncodedLength(written) != text.Length)
        {
            return false;
        }

        bytes = written == decoded.Length ? decoded : decoded[..written];
        return true;
    }

    /// <summary>
    /// Text for people, escapes resolved; at most <paramref name="maximumBytes"/> bytes of UTF-8, however it was escaped:
    /// a limit on the escaped form would refuse what our own writer, which escapes more, makes of an accepted text.
    /// </summary>
    public bool TryGetText(ReadOnlySpan<byte> name, int maximumBytes, out string text)
    {
        text = "";
        if (!TryFind(name, out var field) || field.Type != JsonTokenType.String || field.ValueBytes > (maximumBytes * MaximumEscapedBytesPerByte) + 2)
        {
            return false;
        }

        try
        {
            var reader = NewReader(ValueOf(field));
            reader.Read();
            var resolved = reader.GetString()!;
            if (Encoding.UTF8.GetByteCount(resolved) > maximumBytes)
            {
                return false;
            }

            text = resolved;
            return true;
        }
        catch (InvalidOperationException)
        {
            // Bytes that are no UTF-8, or half a surrogate pair: the reader has no way to ask first.
            return false;
        }
    }

    /// <summary>The bytes of a nested object.</summary>
    public bool TryGetObject(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> json)
    {
        var found = TryFind(name, out var field) && field.Type == JsonTokenType.StartObject;
        json = found ? ValueOf(field) : default;
        return found;
    }

    /// <summary>An array of at most <paramref name="maximum"/> ids.</summary>
    public bool TryGetPeerIds(ReadOnlySpan<byte> name, int maximum, [NotNullWhen(true)] out PeerId[]? ids)
    {
        ids = null;
        if (!TryFind(name, out var field) || field.Type != JsonTokenType.StartArray)
        {
            return false;
        }

        var found = new List<PeerId>();
        var reader = NewReader(ValueOf(field));
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.String || found.Count == maximum || !TryParsePeerId(reader.ValueSpan, out var id))
            {
                return false;
            }

            found.Add(id);
        }

        ids = [.. found];
        return true;
    }

    private static Utf8JsonReader NewReader(ReadOnlySpan<byte> json) => new(json, new JsonReaderOptions { MaxDepth = MaximumDepth });

    private static bool TryParsePeerId(ReadOnlySpan<byte> hex, out PeerId id)
    {
        Span<byte> bytes = stackalloc byte[PeerId.SizeBytes];
        var valid = hex.Length == PeerId.SizeBytes * 2
            && Convert.FromHexString(hex, bytes, out _, out var written) == OperationStatus.Done
            && written == PeerId.SizeBytes;
        id = valid ? new PeerId(bytes) : default;
        return valid;
    }

    private static bool IsRepeated(ReadOnlySpan<byte> json, in FieldTable table, int last)
    {
        var name = json.Slice(table[last].NameStart, table[last].NameBytes);
        for (var i = 0; i < last; i++)
        {
            if (name.SequenceEqual(json.Slice(table[i].NameStart, table[i].NameBytes)))
            {
                return true;
            }
        }

        return false;
    }

    private bool TryFindString(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (!TryFind(name, out var field) || field.Type != JsonTokenType.String)
        {
            return false;
        }

        text = ValueOf(field)[1..^1];
        return true;
    }

    private bool TryFind(ReadOnlySpan<byte> name, out Field field)
    {
        for (var i = 0; i < _count; i++)
        {
            field = _table[i];
            if (name.SequenceEqual(_json.Slice(field.NameStart, field.NameBytes)))
            {
                return true;
            }
        }

        field = default;
        return false;
    }

    private ReadOnlySpan<byte> ValueOf(scoped in Field field) => _json.Slice(field.ValueStart, field.ValueBytes);

    private struct Field
    {
        public int NameStart;
        public int NameBytes;
        public int ValueStart;
        public int ValueBytes;
        public JsonTokenType Type;
    }

    [InlineArray(MaximumFields)]
    private struct FieldTable
    {
        private Field _first;
    }
}
