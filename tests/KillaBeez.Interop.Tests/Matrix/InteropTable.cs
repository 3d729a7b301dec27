using System.Globalization;
using System.Text;

namespace KillaBeez.Interop.Tests.Matrix;

/// <summary>
/// What passed against whom. Written to .killabeez/interop.md when a peer is done, and into docs/webrtc.md where
/// KILLABEEZ_INTEROP_UPDATE is set.
/// </summary>
internal sealed class InteropTable
{
    public const string Closing = "closing";
    public const string TenChannels = "ten channels";
    public const string Bulk = "64 MiB each way";
    public const string Lossy = "64 MiB each way, 2 % loss";
    public const string Disorder = "4 MiB each way, 5 ms, reordering, duplicates";
    public const string IceRestart = "ICE restart";
    public const string Glare = "both offer";

    private const string UpdateVariable = "KILLABEEZ_INTEROP_UPDATE";
    private const string Begin = "<!-- written by the test run: begin -->";
    private const string End = "<!-- written by the test run: end -->";

    private static readonly string[] Columns =
    [
        Matrix(Offerer.We, Signalling.Complete), Matrix(Offerer.We, Signalling.Trickle),
        Matrix(Offerer.They, Signalling.Complete), Matrix(Offerer.They, Signalling.Trickle),
        Closing, TenChannels, Bulk, Lossy, Disorder, IceRestart, Glare,
    ];

    private readonly Lock _lock = new();
    private readonly List<Row> _rows = [];

    public static InteropTable Current { get; } = new();

    public static string Matrix(Offerer offerer, Signalling signalling) =>
        $"{(offerer == Offerer.We ? "we offer" : "they offer")}, {(signalling == Signalling.Complete ? "complete" : "trickle")}";

    public void Add(string peer, string version)
    {
        lock (_lock)
        {
            _rows.Add(new Row(peer, version));
            _rows.Sort((a, b) => string.CompareOrdinal(a.Peer, b.Peer));
        }
    }

    public void Record(string peer, string column, int passed, int total, int notApplicable = 0)
    {
        lock (_lock)
        {
            var row = _rows.Find(r => r.Peer == peer)!;
            row.Cells[column] = row.Cells.GetValueOrDefault(column).Plus(new Cell(passed, total, notApplicable));
        }
    }

    public void RecordNotApplicable(string peer, string column, int cells, string reason)
    {
        Record(peer, column, 0, 0, cells);
        Note(peer, reason);
    }

    public void Note(string peer, string note)
    {
        lock (_lock)
        {
            _rows.Find(r => r.Peer == peer)!.Notes.Add(note);
        }
    }

    public void Write()
    {
        lock (_lock)
        {
            var text = Render();
            var artifacts = Path.Combine(Checkout.Root, ".killabeez");
            Directory.CreateDirectory(artifacts);
            File.WriteAllText(Path.Combine(artifacts, "interop.md"), text);
            if (Environment.GetEnvironmentVariable(UpdateVariable) is { Length: > 0 })
            {
                var page = Path.Combine(Checkout.Root, "docs", "webrtc.md");
                var old = File.ReadAllText(page);
                var (from, to) = (old.IndexOf(Begin, StringComparison.Ordinal), old.IndexOf(End, StringComparison.Ordinal));
                File.WriteAllText(page, old[..from] + Begin + "\n\n" + text + "\n" + old[to..]);
            }
        }
    }

    private string Render()
    {
        var text = new StringBuilder();
        text.Append("| peer | version | ").AppendJoin(" | ", Columns).Append(" |\n|---|---|").Append(string.Concat(Columns.Select(_ => "---|"))).Append('\n');
        foreach (var row in _rows)
        {
            var cells = Columns.Select(c => row.Cells.TryGetValue(c, out var cell) ? cell.ToString() : "not run");
            text.Append(CultureInfo.InvariantCulture, $"| {row.Peer} | {row.Version} | ").AppendJoin(" | ", cells).Append(" |\n");
        }

        if (_rows.Any(r => r.Notes.Count > 0))
        {
            text.Append("\nNot applicable:\n\n");
            foreach (var row in _rows)
            {
                text.Append(string.Concat(row.Notes.Select(note => $"- {row.Peer}: {note}\n")));
            }
        }

        return text.ToString();
    }

    private sealed record Row(string Peer, string Version)
    {
        public Dictionary<string, Cell> Cells { get; } = [];

        public SortedSet<string> Notes { get; } = new(StringComparer.Ordinal);
    }

    private readonly record struct Cell(int Passed, int Total, int NotApplicable)
    {
        public Cell Plus(Cell other) => new(Passed + other.Passed, Total + other.Total, NotApplicable + other.NotApplicable);

        public override string ToString()
        {
            var (applicable, rest) = (string.Create(CultureInfo.InvariantCulture, $"{Passed}/{Total}"), string.Create(CultureInfo.InvariantCulture, $"{NotApplicable} n/a"));
            return NotApplicable == 0 ? applicable : Total == 0 ? rest : $"{applicable}, {rest}";
        }
    }
}
