using System.Diagnostics.CodeAnalysis;
using KillaBeez.Interop.Tests.Install;
using KillaBeez.Interop.Tests.Matrix;
using KillaBeez.Tests;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.Interop.Tests.Agents;

/// <summary>One foreign stack, started once for all tests against it, and an endpoint of ours.</summary>
public abstract class PeerFixture : IAsyncLifetime
{
    private PeerAgent? _agent;
    private string? _missing;

    /// <summary>The peer's name in the table.</summary>
    public abstract string Name { get; }

    internal RtcEndpoint Endpoint { get; private set; } = null!;

    /// <summary>The largest message that this stack takes, in bytes, where that is less than its description says.</summary>
    internal virtual int? LargestMessage => null;

    /// <summary>Why a cell of the matrix cannot pass, for a reason that is the peer's; null where it can.</summary>
    /// <param name="kind">The kind of channel.</param>
    /// <param name="isTheirs">Whether the peer opened it.</param>
    /// <param name="size">The size of the message.</param>
    internal virtual string? NotApplicable(ChannelKind kind, bool isTheirs, int size) => null;

    /// <summary>Cells that no test stands for, because the peer has not got what they are about.</summary>
    internal virtual IReadOnlyList<(string Column, int Cells, string Reason)> NotApplicableAtAll => [];

    /// <summary>Why we cannot notice soon that the peer has closed a connection, for a reason that is the peer's; null where we can.</summary>
    internal virtual string? SilentClose => null;

    public async Task InitializeAsync()
    {
        Endpoint = RtcEndpoint.Start(new RtcEndpointOptions { AllowLoopback = true, Name = $"interop {Name}" });
        try
        {
            _agent = await StartAsync();
            InteropTable.Current.Add(Name, _agent.Version);
            foreach (var (column, cells, reason) in NotApplicableAtAll)
            {
                InteropTable.Current.RecordNotApplicable(Name, column, cells, reason);
            }
        }
        catch (PeerMissingException e)
        {
            _missing = $"{Name}: {e.Message}";
        }
    }

    public async Task DisposeAsync()
    {
        await Endpoint.DisposeAsync().AsTask().WaitAsync(Patience.Bound);
        if (_agent is not null)
        {
            await _agent.DisposeAsync();
        }

        InteropTable.Current.Write();
    }

    /// <summary>The agent; skips the test, naming what is missing, where there is none.</summary>
    [SuppressMessage("Design", "CA1065", Justification = "A missing peer ends the test.")]
    internal PeerAgent Require()
    {
        RequiredPeers.Check(_missing);
        return _agent!;
    }

    internal abstract Task<PeerAgent> StartAsync();

    /// <summary>Starts one of the programs that run on Node.js.</summary>
    private protected static Task<PeerAgent> StartNodeAsync(string program, params string[] arguments) =>
        StartNodeAsync(mayMeetUsTooEarly: false, program, arguments);

    private protected static async Task<PeerAgent> StartNodeAsync(bool mayMeetUsTooEarly, string program, params string[] arguments)
    {
        var packages = await NodePackages.GetAsync();
        return await PeerAgent.StartAsync(
            "node", [Path.Combine(NodePackages.Programs, program), packages, .. arguments], mayMeetUsTooEarly: mayMeetUsTooEarly);
    }
}
