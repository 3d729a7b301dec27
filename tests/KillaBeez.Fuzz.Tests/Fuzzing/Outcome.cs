namespace KillaBeez.Fuzz.Tests.Fuzzing;

/// <summary>Folds what happened during an execution into a number that is the same on every machine (FNV-1a).</summary>
internal struct Outcome()
{
    private const uint Prime = 16777619;

    private uint _hash = 2166136261;
    private ulong _set;

    public readonly int Value => (int)((((_hash ^ (uint)_set) * Prime) ^ (uint)(_set >> 32)) * Prime);

    public void Add(int what) => _hash = (_hash ^ (uint)what) * Prime;

    /// <summary>Something that happens once or many times, in any order: that it happened is what counts.</summary>
    public void AddToSet(int what) => _set |= 1UL << (what & 63);

    public void AddSet(ulong set) => _set |= set;

    public void Add(bool what) => Add(what ? 1 : 0);

    /// <summary>A count by its order of magnitude: exact numbers would make every input look new.</summary>
    public void AddSize(long count) => Add(count <= 0 ? 0 : System.Numerics.BitOperations.Log2((ulong)count) + 1);
}
