namespace KillaBeez.Fuzz.Tests.Stateful;

/// <summary>
/// Reads a list of operations. Each says how long its arguments are, so that a mutation inside one leaves the
/// others as they are. Arguments that are missing are zero.
/// <code>
/// +---------------+---------------+-------------------------------+
/// |   Operation   | Length, 0-254 | Arguments                     |
/// +---------------+---------------+-------------------------------+
/// |   Operation   |      255      | Length (16 bits)   | Arguments
/// +---------------+---------------+-------------------------------+
/// </code>
/// </summary>
internal ref struct OperationReader(ReadOnlySpan<byte> input)
{
    private const byte LongLength = 255;

    private SpanReader _reader = new(input);

    public bool TryRead(out byte operation, out Arguments arguments)
    {
        arguments = default;
        if (!_reader.TryReadByte(out operation))
        {
            return false;
        }

        _reader.TryReadByte(out var shortLength);
        int length = shortLength;
        if (shortLength == LongLength && _reader.TryReadUInt16(out var longLength))
        {
            length = longLength;
        }

        if (_reader.TryReadBytes(Math.Min(length, _reader.Remaining), out var bytes))
        {
            arguments = new Arguments(bytes);
        }

        return true;
    }

    public static void Write(List<byte> list, byte operation, ReadOnlySpan<byte> arguments)
    {
        list.Add(operation);
        if (arguments.Length < LongLength)
        {
            list.Add((byte)arguments.Length);
        }
        else
        {
            list.AddRange([LongLength, (byte)(arguments.Length >> 8), (byte)arguments.Length]);
        }

        list.AddRange(arguments);
    }
}

/// <summary>The arguments of one operation; what is not there reads as zero.</summary>
internal ref struct Arguments(ReadOnlySpan<byte> bytes)
{
    private SpanReader _reader = new(bytes);

    public readonly ReadOnlySpan<byte> Rest => _reader.Rest;

    /// <summary>Whether nothing is left that could be read, be it for being too short.</summary>
    public readonly bool AtEnd => _reader.AtEnd || _reader.Failed;

    public byte Byte()
    {
        _reader.TryReadByte(out var value);
        return value;
    }

    public ushort UInt16()
    {
        _reader.TryReadUInt16(out var value);
        return value;
    }

    /// <summary>A distance from what would be right: 0 most often, since that is what missing bytes read as.</summary>
    public short Offset() => (short)UInt16();

    public uint UInt32()
    {
        _reader.TryReadUInt32(out var value);
        return value;
    }

    public bool Flag() => (Byte() & 1) != 0;
}
