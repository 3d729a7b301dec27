using KillaBeez.NatLab.Install;
using KillaBeez.NatLab.Peers;
using KillaBeez.NatLab.Servers;
using KillaBeez.NatLab.Topology;
using KillaBeez.Tests;

namespace KillaBeez.NatLab.Matrix;

/// <summary>
/// Two sites of every kind on one internet; every pair of kinds connects across, with each of the services. All pairs of
/// a service run at the same time, but only as many as the processors can bear are setting up.
/// </summary>
public sealed class NatMatrix : IAsyncLifetime
{
    private const byte OffererNumber = 10;
    private const byte AnswererNumber = 20;
    private const long TransferBytes = 256 * 1024;
    private const int StartsAtOnce = 4;
    private const int PairsAtOnce = 4;
    private const int TriesAlone = 4;

    /// <summary>
    /// A pair that cannot connect is given up on after this time: every check that it can make has been repeated
    /// several times by then.
    /// </summary>
    private static readonly TimeSpan _patienceWithoutHope = TimeSpan.FromSeconds(8);

    private readonly Dictionary<SiteKind, Site> _offerers = [];
    private readonly Dictionary<SiteKind, Site> _answerers = [];
    private readonly Dictionary<IceService, Task<Dictionary<(SiteKind, SiteKind), Task<PairOutcome>>>> _runs = [];
    private readonly NatTable _table = new();
    private IceServers? _servers;
    private Internet? _internet;

    /// <summary>Every unordered pair of kinds.</summary>
    public static IReadOnlyList<(SiteKind Offerer, SiteKind Answerer)> Pairs { get; } =
        [.. from offerer in SiteKinds.All from answerer in SiteKinds.All where offerer <= answerer select (offerer, answerer)];

    public async Task InitializeAsync()
    {
        if (await LabRequirements.Missing is not null)
        {
            return;
        }

        _internet = await Internet.CreateAsync();
        _servers = IceServers.Create(_internet);
        foreach (var kind in SiteKinds.All)
        {
            _offerers[kind] = await Site.BuildAsync(_internet, kind, OffererNumber);
            _answerers[kind] = await Site.BuildAsync(_internet, kind, AnswererNumber);
        }
    }

    public async Task DisposeAsync()
    {
        _table.Write();
        List<IAsyncDisposable?> all = [_servers, .. _offerers.Values, .. _answerers.Values, _internet];
        foreach (var part in all.OfType<IAsyncDisposable>())
        {
            await part.DisposeAsync();
        }
    }

    /// <summary>What came of a pair; the first who asks for a service runs all its pairs.</summary>
    internal async Task<PairOutcome> OutcomeAsync(IceService service, SiteKind offerer, SiteKind answerer)
    {
        if (!_runs.TryGetValue(service, out var run))
        {
            run = RunAsync(service);
            _runs[service] = run;
        }

        return await (await run)[(offerer, answerer)];
    }

    /// <summary>The result's tasks are done; one that failed fails the test of its pair only.</summary>
    private async Task<Dictionary<(SiteKind, SiteKind), Task<PairOutcome>>> RunAsync(IceService service)
    {
        await _servers!.StartAsync(service);
        var offerers = new Dictionary<SiteKind, LabPeer>();
        var answerers = new Dictionary<SiteKind, LabPeer>();
        try
        {
            await StartAsync(service, _offerers, offerers);
            await StartAsync(service, _answerers, answerers);
            using var places = new SemaphoreSlim(PairsAtOnce);
            var outcomes = Pairs.Select((pair, i) => (pair, Outcome: ConnectAsync(service, i + 1, offerers[pair.Offerer], answerers[pair.Answerer], places)))
                .ToDictionary(p => p.pair, p => p.Outcome);
            await Task.WhenAll(outcomes.Values.Select(outcome => outcome.ContinueWith(_ => { }, TaskScheduler.Default)));
            foreach (var (pair, i) in Pairs.Select((pair, i) => (pair, i)).Where(p => IsRelayedForNothing(p.pair, outcomes[p.pair])))
            {
                outcomes[pair] = TryAloneAsync(i + 1, offerers[pair.Offerer], answerers[pair.Answerer]);
                await outcomes[pair].ContinueWith(_ => { }, TaskScheduler.Default);
            }

            foreach (var (pair, outcome) in outcomes)
            {
                _table.Record(service, pair.Item1, pair.Item2, outcome.IsCompletedSuccessfully ? outcome.Result.ToString() : "failed");
            }

            return outcomes;
        }
        finally
        {
            await Task.WhenAll(offerers.Values.Concat(answerers.Values).Select(peer => peer.DisposeAsync().AsTask()));
        }
    }

    private static async Task StartAsync(IceService service, Dictionary<SiteKind, Site> sites, Dictionary<SiteKind, LabPeer> peers) =>
        await Parallel.ForEachAsync(sites, new ParallelOptions { MaxDegreeOfParallelism = StartsAtOnce }, async (site, _) =>
        {
            var peer = await LabPeer.StartAsync(site.Value, IceServers.Options(service, site.Value));
            lock (peers)
            {
                peers[site.Key] = peer;
            }
        });

    private static async Task<PairOutcome> ConnectAsync(IceService service, int id, LabPeer offerer, LabPeer answerer, SemaphoreSlim places)
    {
        if (!ShouldConnect(service, offerer.Site.Kind, answerer.Site.Kind))
        {
            // Costs next to nothing but time, so it takes no place from the others.
            return await TryAsync(id, offerer, answerer, _patienceWithoutHope);
        }

        await places.WaitAsync();
        try
        {
            return await TryAsync(id, offerer, answerer, Patience.Bound);
        }
        finally
        {
            places.Release();
        }
    }

    /// <summary>
    /// An agent waits two seconds for something better than a relay. While all pairs set up at once on a busy machine, a
    /// direct answer may take longer, and the relay is right then: it says nothing about the NATs.
    /// </summary>
    private static bool IsRelayedForNothing((SiteKind Offerer, SiteKind Answerer) pair, Task<PairOutcome> outcome) =>
        outcome is { IsCompletedSuccessfully: true, Result.Path.IsRelayed: true } && pair.Offerer.CanReach(pair.Answerer);

    /// <summary>Connects anew until the path is direct, a few times at most, while no other pair sets up.</summary>
    private static async Task<PairOutcome> TryAloneAsync(int id, LabPeer offerer, LabPeer answerer)
    {
        PairOutcome outcome;
        var tries = 0;
        do
        {
            tries++;
            outcome = await TryAsync(id + (tries * Pairs.Count), offerer, answerer, Patience.Bound);
        }
        while (tries < TriesAlone && outcome.Path is { IsRelayed: true });
        return outcome;
    }

    /// <summary>With TURN everybody reaches everybody.</summary>
    internal static bool ShouldConnect(IceService service, SiteKind offerer, SiteKind answerer) =>
        service != IceService.StunOnly || offerer.CanReach(answerer);

    private static async Task<PairOutcome> TryAsync(int id, LabPeer offerer, LabPeer answerer, TimeSpan patience)
    {
        if (await PeerLink.TryConnectAsync(id, offerer, answerer, patience) is not { } link)
        {
            return PairOutcome.None;
        }

        var sent = await link.SendAsync(TransferBytes, patience);
        var outcome = new PairOutcome(await link.PathAsync(), link.SetUpTime, sent.Bytes, sent.Got);
        await link.CloseAsync();
        return outcome;
    }
}
