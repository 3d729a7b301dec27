using System.Text.RegularExpressions;

namespace KillaBeez.Architecture.Tests.Source;

/// <summary>
/// Which folder of a project may know which. Two folders that know each other are one subject in two places: neither
/// can be read, tested or changed without the other.
/// </summary>
public sealed partial class FolderOrderTests
{
    private const string Actors = "src/KillaBeez.Actors";
    private const int MaxTypeLines = 800;

    /// <summary>The folders of KillaBeez.Actors; each knows only those before it (ARCHITECTURE.md).</summary>
    private static readonly string[] _order =
    [
        "Settings", "Replies", "Handles", "Protocol", "Logging", "Transport", "Transport/WebRtc", "Transport/WebSockets", "Messages",
        "Links", "Substreams", "Signaling", "Gossip", "Healing", "Peers", "Nodes", "Streams", "Extension",
    ];

    /// <summary>
    /// Circles that were there when the rule came, as `project: folder folder ...`. None may be added, and one that is
    /// gone is taken from the list.
    /// </summary>
    private static readonly string[] _known =
    [
        "src/KillaBeez.Host: Bench Bench/Agents Bench/Link Bench/Mesh Commands Demo Exchange Nodes Output Relay",
        "src/KillaBeez.SignalExchange: Connections Hosting",
        "src/KillaBeez.Turn: Allocations Authentication Engine",
        "src/KillaBeez.WebRtc: Ice Mdns",
        "src/KillaBeez.WebRtc: Io Io/Gathering PeerConnections",
        "src/KillaBeez.WebRtc: Sctp/Resets Sctp/Rx",
    ];

    /// <summary>Types above the limit when the rule came.</summary>
    private static readonly string[] _knownLarge =
    [
        "KillaBeez.Swarm.Multiplexing.MuxEngine", "KillaBeez.Swarm.Sessions.SessionEngine", "KillaBeez.Turn.Engine.TurnServerEngine",
        "KillaBeez.WebRtc.Ice.IceAgent", "KillaBeez.WebRtc.PeerConnections.PeerConnectionEngine", "KillaBeez.WebRtc.Sctp.SctpAssociation",
        "KillaBeez.WebRtc.Sctp.Tx.DataSender", "KillaBeez.WebRtc.Turn.TurnClient",
    ];

    [Fact]
    public void Folders_DoNotKnowEachOtherInCircles()
    {
        var circles = from product in Repository.Products
                      let folder = Path.GetRelativePath(Repository.Root, product.Folder).Replace('\\', '/')
                      from circle in FolderGraph.OfUsings(folder).Circles()
                      orderby folder, circle
                      select $"{folder}: {circle}";

        Assert.Equal(_known, circles);
    }

    /// <summary>
    /// Stricter than the using directives: what counts is every name of a type that a folder declares, wherever code
    /// says it, since types of the namespace KillaBeez need no using.
    /// </summary>
    [Fact]
    public void FoldersOfActors_KnowOnlyThoseBeforeThem()
    {
        var edges = FolderGraph.OfTypeNames(Actors).Edges;
        var wrong = from edge in edges
                    where Array.IndexOf(_order, edge.To) > Array.IndexOf(_order, edge.From) || !_order.Contains(edge.From) || !_order.Contains(edge.To)
                    select $"{edge.From} knows {edge.To}: {edge.Why}";

        Assert.Contains(("Peers", "Handles"), edges.Select(edge => (edge.From, edge.To)));
        Findings.AssertNone(wrong);
    }

    [Fact]
    public void OrderOfActors_IsInArchitecture()
    {
        var text = Repository.ReadText("ARCHITECTURE.md");
        var places = _order.Where(folder => Directory.Exists(Path.Combine(Repository.Root, Actors, folder)))
            .Select(folder => (Folder: folder, At: text.IndexOf($"| {folder}/ |", StringComparison.Ordinal)))
            .ToList();

        Assert.All(places, place => Assert.True(place.At >= 0, $"ARCHITECTURE.md does not name {place.Folder}/"));
        Assert.Equal(places.OrderBy(place => place.At), places);
    }

    [Fact]
    public void Types_AreNotTooLong_HoweverManyFiles()
    {
        var large = from file in Repository.Sources("src")
                    let text = Repository.ReadText(file)
                    let type = FirstType().Match(text)
                    where type.Success
                    group Repository.ReadLines(file).Length by $"{Namespace().Match(text).Groups["name"].Value}.{type.Groups["name"].Value}" into parts
                    where parts.Sum() > MaxTypeLines
                    orderby parts.Key
                    select parts.Key;

        Assert.Equal(_knownLarge, large.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("A:B B:C", "")]
    [InlineData("A:B B:A", "A B")]
    [InlineData("A:B B:C C:A D:A", "A B C")]
    [InlineData("A:B B:A C:D D:C A:C", "A B|C D")]
    [InlineData("A:B B:C C:B C:D D:E E:D", "B C|D E")]
    public void Circles_AreFound(string edges, string circles)
    {
        var graph = new FolderGraph(edges.Split(' ').Select(edge => (edge.Split(':')[0], edge.Split(':')[1], "")));

        Assert.Equal(circles, string.Join('|', graph.Circles()));
    }

    [GeneratedRegex(@"^(?:(?:public|internal|file|static|sealed|abstract|readonly|ref|unsafe|partial)\s+)*(?:class|struct|interface|record(?:\s+struct|\s+class)?|enum)\s+(?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex FirstType();

    [GeneratedRegex(@"^namespace\s+(?<name>[\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
