using KillaBeez.NatLab.Install;
using KillaBeez.NatLab.Servers;
using KillaBeez.NatLab.Topology;

namespace KillaBeez.NatLab.Matrix;

/// <summary>Who connects with whom through which NATs, and how.</summary>
public sealed class NatMatrixTests(NatMatrix matrix) : IClassFixture<NatMatrix>
{
    public static TheoryData<IceService, SiteKind, SiteKind> Cells
    {
        get
        {
            var cells = new TheoryData<IceService, SiteKind, SiteKind>();
            foreach (var service in Enum.GetValues<IceService>())
            {
                foreach (var (offerer, answerer) in NatMatrix.Pairs)
                {
                    cells.Add(service, offerer, answerer);
                }
            }

            return cells;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cells))]
    public async Task Pair_ConnectsAsItsNatsAllow(IceService service, SiteKind offerer, SiteKind answerer)
    {
        LabRequirements.SkipIf(await LabRequirements.Missing ?? await IceServers.MissingAsync(service));

        var outcome = await matrix.OutcomeAsync(service, offerer, answerer);

        Assert.Equal(NatMatrix.ShouldConnect(service, offerer, answerer), outcome.Path is not null);
        if (outcome.Path is { } path)
        {
            // A relay costs its owner and adds its way: it is for those who have no other.
            Assert.Equal(!offerer.CanReach(answerer), path.IsRelayed);
            Assert.True(outcome.SentBytes > 0);
            Assert.Equal(outcome.SentBytes, outcome.ReceivedBytes);
        }
    }
}
