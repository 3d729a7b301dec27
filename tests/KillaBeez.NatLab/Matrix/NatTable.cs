using System.Text;
using KillaBeez.NatLab.Servers;
using KillaBeez.NatLab.Topology;

namespace KillaBeez.NatLab.Matrix;

/// <summary>
/// Who connected how. Written to .killabeez/nat.md after each run, and into docs/webrtc.md where KILLABEEZ_NATLAB_UPDATE
/// is set.
/// </summary>
internal sealed class NatTable
{
    private const string UpdateVariable = "KILLABEEZ_NATLAB_UPDATE";
    private const string Begin = "<!-- NAT table, written by the test run: begin -->";
    private const string End = "<!-- NAT table, written by the test run: end -->";

    private readonly Dictionary<(SiteKind, SiteKind, IceService), string> _cells = [];

    public void Record(IceService service, SiteKind offerer, SiteKind answerer, string outcome) => _cells[(offerer, answerer, service)] = outcome;

    public void Write()
    {
        if (_cells.Count == 0 || Root() is not { } root)
        {
            return;
        }

        var text = Render();
        var artifacts = Path.Combine(root, ".killabeez");
        Directory.CreateDirectory(artifacts);
        File.WriteAllText(Path.Combine(artifacts, "nat.md"), text);
        if (Environment.GetEnvironmentVariable(UpdateVariable) is { Length: > 0 })
        {
            var page = Path.Combine(root, "docs", "webrtc.md");
            var old = File.ReadAllText(page);
            var (from, to) = (old.IndexOf(Begin, StringComparison.Ordinal), old.IndexOf(End, StringComparison.Ordinal));
            File.WriteAllText(page, old[..from] + Begin + "\n\n" + text + "\n" + old[to..]);
        }
    }

    private string Render()
    {
        var text = new StringBuilder("| offerer | answerer | STUN only | TURN: coturn | TURN: killabeez |\n|---|---|---|---|---|\n");
        foreach (var (offerer, answerer) in NatMatrix.Pairs)
        {
            var cells = Enum.GetValues<IceService>().Select(service => _cells.GetValueOrDefault((offerer, answerer, service), "not run"));
            text.Append("| ").AppendJoin(" | ", [offerer.Title(), answerer.Title(), .. cells]).Append(" |\n");
        }

        return text.ToString();
    }

    private static string? Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "KillaBeez.sln")))
            {
                return folder.FullName;
            }
        }

        return null;
    }
}
