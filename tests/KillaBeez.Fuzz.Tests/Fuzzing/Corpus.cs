namespace KillaBeez.Fuzz.Tests.Fuzzing;

/// <summary>The inputs that mutations begin from: the target's seeds, and what did something new.</summary>
internal sealed class Corpus
{
    private const int MaxInputs = 2048;
    private const int MaxBytes = 4 * 1024 * 1024;
    private const int MaxOutcomes = 65_536;

    private readonly List<byte[]> _inputs;
    private readonly HashSet<int> _outcomes = [];
    private int _bytes;

    public Corpus(IEnumerable<byte[]> seeds, int maxInputBytes)
    {
        _inputs = [.. seeds.Select(seed => seed.Length > maxInputBytes ? seed[..maxInputBytes] : seed)];
        OracleException.Require(_inputs.Count > 0, "a target has at least one seed");
        SeedCount = _inputs.Count;
        _bytes = _inputs.Sum(input => input.Length);
    }

    public IReadOnlyList<byte[]> Inputs => _inputs;

    public int SeedCount { get; }

    /// <summary>How many different things have been seen to happen.</summary>
    public int Outcomes => _outcomes.Count;

    public void Note(byte[] input, int outcome)
    {
        if (_outcomes.Count < MaxOutcomes && _outcomes.Add(outcome) && _inputs.Count < MaxInputs && _bytes + input.Length <= MaxBytes)
        {
            _inputs.Add(input);
            _bytes += input.Length;
        }
    }
}
