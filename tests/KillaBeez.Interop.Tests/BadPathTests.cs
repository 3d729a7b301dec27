using KillaBeez.Interop.Tests.Agents;
using KillaBeez.Interop.Tests.Matrix;

namespace KillaBeez.Interop.Tests;

/// <summary>The matrix, and transfers over bad paths.</summary>
public abstract class BadPathTests(PeerFixture peer) : PeerTests(peer)
{
    private const long DisorderBytes = 4L * 1024 * 1024;

    /// <summary>Loss recovery of both stacks, each against the other's acknowledgements.</summary>
    [SkippableFact]
    public Task Bulk_TwoPercentLossBothWays_ArrivesInOrder() =>
        TransferThroughAsync(PathFaults.TwoPercentLoss, InteropTable.Lossy, BulkBytes, relay => relay.Lost);

    /// <summary>A path on which datagrams overtake each other and come twice.</summary>
    [SkippableFact]
    public Task Bulk_DelayReorderingAndDuplicatesBothWays_ArrivesInOrder() =>
        TransferThroughAsync(PathFaults.Disorder, InteropTable.Disorder, DisorderBytes, relay => relay.Disordered);
}
