namespace KillaBeez.Fuzz.Tests.Stateful;

/// <summary>Writes lists of operations, for seeds.</summary>
internal sealed class OperationList
{
    private readonly List<byte> _bytes = [];

    public OperationList Add<T>(T operation, params byte[] arguments)
        where T : struct, Enum
    {
        OperationReader.Write(_bytes, Convert.ToByte(operation, System.Globalization.CultureInfo.InvariantCulture), arguments);
        return this;
    }

    public OperationList Repeat(int times, Action<OperationList> add)
    {
        for (; times > 0; times--)
        {
            add(this);
        }

        return this;
    }

    public byte[] ToArray() => [.. _bytes];
}
