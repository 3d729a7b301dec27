namespace KillaBeez.Fuzz.Tests.Fuzzing;

/// <summary>
/// One target under one seed. The n-th execution is the same in every run of the seed, however the time is sliced.
/// </summary>
internal sealed class FuzzRun
{
    public const string HangKind = "hang";

    private const double RepairProbability = 0.8;

    private readonly SeededRandomSource _random;
    private readonly Corpus _corpus;
    private readonly Mutator _mutator;
    private readonly HashSet<string> _kinds = [];
    private readonly List<Finding> _findings = [];
    private long _started;

    public FuzzRun(FuzzTarget target, ulong seed)
    {
        Target = target;
        Seed = seed;
        _random = new SeededRandomSource(seed ^ HashOf(target.Name));
        _corpus = new Corpus(target.Seeds(), target.MaxInputBytes);
        _mutator = new Mutator(_random, target.Tokens, target.MaxInputBytes);
    }

    public FuzzTarget Target { get; }

    public ulong Seed { get; }

    public long Executions { get; private set; }

    public int CorpusCount => _corpus.Inputs.Count;

    public int Outcomes => _corpus.Outcomes;

    public IReadOnlyList<Finding> Findings => _findings;

    /// <summary>How many executions have begun, those of shrinking too; read by the watchdog from its own thread.</summary>
    public long Started => Volatile.Read(ref _started);

    /// <summary>What is being executed right now; the watchdog reports it where it never ends.</summary>
    public byte[] Current { get; private set; } = [];

    /// <summary>Executes one input: the seeds as they are first, then mutations. Null where nothing new was found.</summary>
    public Finding? Step()
    {
        var input = Executions < _corpus.SeedCount ? _corpus.Inputs[(int)Executions] : Next();
        Executions++;
        var violation = Execute(input, out var outcome);
        if (violation is null)
        {
            _corpus.Note(input, outcome);
            return null;
        }

        if (!_kinds.Add(violation.Kind))
        {
            return null;
        }

        var shrunk = Shrinker.Shrink(input, candidate => Execute(candidate, out _)?.Kind == violation.Kind);
        var finding = FindingOf(violation, input, shrunk);
        _findings.Add(finding);
        return finding;
    }

    /// <summary>What to report of an execution that has not come to an end.</summary>
    public Finding Hung(TimeSpan after)
    {
        var input = Current;
        return FindingOf(new Violation(HangKind, $"still running after {after.TotalSeconds:0} s"), input, input);
    }

    /// <summary>What to report where the executions together leave more behind than allowed.</summary>
    public Finding Retained(long bytes, long limit) =>
        FindingOf(new Violation("retained memory", $"{bytes} bytes still alive after {Executions} executions, and the limit is {limit}"), [], []);

    private byte[] Next()
    {
        var input = _mutator.Mutate(_corpus.Inputs);
        return _random.Chance(RepairProbability) ? Target.Repair(input) : input;
    }

    private Violation? Execute(byte[] input, out int outcome)
    {
        Current = input;
        Volatile.Write(ref _started, _started + 1);
        return Execution.Run(Target, input, out outcome);
    }

    private Finding FindingOf(Violation violation, byte[] input, byte[] shrunk) => new()
    {
        Target = Target.Name,
        Seed = Seed,
        Execution = Executions,
        Kind = violation.Kind,
        Message = violation.Message,
        Input = input,
        Shrunk = shrunk,
    };

    private static ulong HashOf(string name)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in name)
        {
            hash = (hash ^ c) * 1099511628211UL;
        }

        return hash;
    }
}
