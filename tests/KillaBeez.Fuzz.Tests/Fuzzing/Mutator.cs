using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace KillaBeez.Fuzz.Tests.Fuzzing;

/// <summary>Makes a new input out of known ones. The same random numbers make the same input.</summary>
internal sealed class Mutator(SeededRandomSource random, IReadOnlyList<byte[]> tokens, int maxBytes)
{
    private const int MaxStackedMutations = 6;

    /// <summary>Numbers at which widths, signs and usual limits turn over.</summary>
    private static readonly long[] Interesting =
        [0, 1, 2, 3, 4, 7, 8, 15, 16, 19, 20, 31, 32, 63, 64, 100, 127, 128, 255, 256, 512, 1023, 1024, 1191, 4095, 4096, 32_767, 32_768, 65_534, 65_535, 65_536, 0xFFFFFF, int.MaxValue, 0x8000_0000, 0xFFFF_FFFE, uint.MaxValue, long.MaxValue, -1];

    private readonly MutationBuffer _buffer = new(maxBytes);

    public byte[] Mutate(IReadOnlyList<byte[]> corpus)
    {
        _buffer.Set(Pick(corpus));
        for (var left = random.NextInt32(1, MaxStackedMutations + 1); left > 0; left--)
        {
            MutateOnce(corpus);
        }

        return _buffer.ToArray();
    }

    private void MutateOnce(IReadOnlyList<byte[]> corpus)
    {
        if (_buffer.Length == 0)
        {
            InsertRandom();
            return;
        }

        switch (random.NextInt32(0, 15))
        {
            case 0: _buffer.Span[Position()] ^= (byte)(1 << random.NextInt32(0, 8)); break;
            case 1: _buffer.Span[Position()] = (byte)random.NextUInt32(); break;
            case 2: _buffer.Span[Position()] += (byte)random.NextInt32(-16, 17); break;
            case 3: SetNumber((ulong)Pick(Interesting)); break;
            case 4: DeleteBlock(); break;
            case 5: DuplicateBlock(); break;
            case 6: CopyBlock(); break;
            case 7: InsertRandom(); break;
            case 8: _buffer.Truncate(random.NextInt32(0, _buffer.Length)); break;
            case 9: Splice(Pick(corpus)); break;
            case 10: InsertPartOf(Pick(corpus)); break;
            case 11: InsertToken(); break;
            case 12: EditLengthField(); break;
            case 13: MoveLengthField(); break;
            default: EditDigits(); break;
        }
    }

    /// <summary>Overwrites 1, 2, 4 or 8 bytes, in network order mostly.</summary>
    private void SetNumber(ulong value)
    {
        var width = 1 << random.NextInt32(0, 4);
        if (width > _buffer.Length)
        {
            return;
        }

        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        var number = bytes[(8 - width)..];
        if (random.Chance(0.1))
        {
            number.Reverse();
        }

        number.CopyTo(_buffer.Span[random.NextInt32(0, _buffer.Length - width + 1)..]);
    }

    private void DeleteBlock()
    {
        var (at, count) = Block();
        _buffer.Delete(at, count);
    }

    private void DuplicateBlock()
    {
        var (at, count) = Block();
        var copies = random.Chance(0.05) ? random.NextInt32(2, 64) : 1;
        for (; copies > 0; copies--)
        {
            _buffer.Insert(at, _buffer.Span.Slice(at, count));
        }
    }

    private void CopyBlock()
    {
        var (at, count) = Block();
        var to = random.NextInt32(0, _buffer.Length - count + 1);
        _buffer.Span.Slice(at, count).CopyTo(_buffer.Span[to..]);
    }

    private void InsertRandom()
    {
        var count = random.Chance(0.05) ? random.NextInt32(1, 1500) : random.NextInt32(1, 17);
        var bytes = new byte[count];
        if (random.Chance(0.5))
        {
            random.Fill(bytes);
        }
        else
        {
            bytes.AsSpan().Fill((byte)random.NextUInt32());
        }

        _buffer.Insert(random.NextInt32(0, _buffer.Length + 1), bytes);
    }

    private void Splice(byte[] other)
    {
        if (other.Length > 0)
        {
            _buffer.Truncate(random.NextInt32(0, _buffer.Length));
            _buffer.Insert(_buffer.Length, other.AsSpan(random.NextInt32(0, other.Length)));
        }
    }

    private void InsertPartOf(byte[] other)
    {
        if (other.Length > 0)
        {
            var from = random.NextInt32(0, other.Length);
            _buffer.Insert(random.NextInt32(0, _buffer.Length + 1), other.AsSpan(from, random.NextInt32(1, other.Length - from + 1)));
        }
    }

    private void InsertToken()
    {
        if (tokens.Count == 0)
        {
            SetNumber(random.NextUInt64());
            return;
        }

        var token = Pick(tokens);
        var at = random.NextInt32(0, _buffer.Length + 1);
        if (random.Chance(0.5))
        {
            _buffer.Delete(at, Math.Min(token.Length, _buffer.Length - at));
        }

        _buffer.Insert(at, token);
    }

    /// <summary>Looks for what could be a 16-bit length of bytes behind it, and makes it a little wrong.</summary>
    private void EditLengthField()
    {
        if (TryFindLengthField(out var at, out var length))
        {
            var wrong = random.Chance(0.5) ? length + random.NextInt32(-5, 6) : (int)Pick(Interesting);
            BinaryPrimitives.WriteUInt16BigEndian(_buffer.Span[at..], (ushort)wrong);
        }
    }

    /// <summary>Looks for what could be a 16-bit length, and changes it together with the bytes that it counts.</summary>
    private void MoveLengthField()
    {
        if (!TryFindLengthField(out var at, out var length))
        {
            return;
        }

        var inside = at + 2 + random.NextInt32(0, Math.Max(1, Math.Min(length, _buffer.Length - at - 2)));
        if (random.Chance(0.5))
        {
            var count = Math.Min(random.NextInt32(1, 9), _buffer.Length - inside);
            _buffer.Delete(inside, count);
            BinaryPrimitives.WriteUInt16BigEndian(_buffer.Span[at..], (ushort)Math.Max(0, length - count));
        }
        else
        {
            Span<byte> more = stackalloc byte[random.NextInt32(1, 33)];
            random.Fill(more);
            var count = _buffer.Insert(inside, more);
            BinaryPrimitives.WriteUInt16BigEndian(_buffer.Span[at..], (ushort)(length + count));
        }
    }

    private bool TryFindLengthField(out int at, out int length)
    {
        at = 0;
        length = 0;
        if (_buffer.Length < 4)
        {
            return false;
        }

        for (var attempt = 0; attempt < 16; attempt++)
        {
            at = random.NextInt32(0, _buffer.Length - 2);
            length = BinaryPrimitives.ReadUInt16BigEndian(_buffer.Span[at..]);
            if (length > 0 && length <= _buffer.Length - at + 2)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Replaces a run of decimal digits by another number; what text formats count with.</summary>
    private void EditDigits()
    {
        var start = random.NextInt32(0, _buffer.Length);
        for (var i = 0; i < _buffer.Length; i++)
        {
            var at = (start + i) % _buffer.Length;
            if (!char.IsAsciiDigit((char)_buffer.Span[at]))
            {
                continue;
            }

            var end = at;
            while (end < _buffer.Length && char.IsAsciiDigit((char)_buffer.Span[end]))
            {
                end++;
            }

            _buffer.Delete(at, end - at);
            _buffer.Insert(at, Encoding.ASCII.GetBytes(Pick(Interesting).ToString(CultureInfo.InvariantCulture)));
            return;
        }
    }

    private (int At, int Count) Block()
    {
        var at = Position();
        var most = _buffer.Length - at;
        return (at, random.NextInt32(1, (random.Chance(0.8) ? Math.Min(most, 32) : most) + 1));
    }

    private int Position() => random.NextInt32(0, _buffer.Length);

    private T Pick<T>(IReadOnlyList<T> items) => items[random.NextInt32(0, items.Count)];
}
