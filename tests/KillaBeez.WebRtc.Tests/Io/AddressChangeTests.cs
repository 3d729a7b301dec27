using System.Net;
using KillaBeez.Tests;
using KillaBeez.WebRtc.PeerConnections;
using KillaBeez.WebRtc.Tests.PeerConnections;

namespace KillaBeez.WebRtc.Tests.Io;

/// <summary>The whole of 127.0.0.0/8 is this machine's on Linux: addresses that come and go without a change of interfaces.</summary>
public sealed class AddressChangeTests
{
    private static readonly IPAddress First = IPAddress.Parse("127.0.0.1");
    private static readonly IPAddress Second = IPAddress.Parse("127.0.0.2");

    [SkippableFact]
    public async Task UpdateAddresses_AddressMovesUnderATransfer_NothingIsLost()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs more than one loopback address");
        await using var left = RtcEndpoint.Start(new RtcEndpointOptions { AllowLoopback = true, WatchesNetwork = false });
        await using var right = RtcPair.StartEndpoint("right");
        left.UpdateAddresses([First]);
        var transfer = new TransferCheck(32 * 1024 * 1024);
        await using var offerer = left.CreatePeerConnection();
        await using var answerer = right.CreatePeerConnection();
        var near = offerer.CreateDataChannel("test");
        var accepting = RtcPair.AcceptAsync(answerer, transfer.Receive);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await RtcPair.NegotiateAsync(offerer, answerer);
        await RtcPair.OpensAsync(near);
        await accepting;
        offerer.NegotiationNeeded += (_, _) => asked.TrySetResult();
        Assert.Equal(First, offerer.GetStats().SelectedPair!.Local.Address);

        await transfer.SendAsync(near, atMessage: 500, () =>
        {
            left.UpdateAddresses([Second]);
            return Task.CompletedTask;
        });

        Assert.True(await transfer.Done.WaitAsync(Patience.Bound));
        Assert.Equal(Second, offerer.GetStats().SelectedPair!.Local.Address);
        Assert.Equal([Second], left.LocalEndPoints.Select(e => e.Address));
        await asked.Task.WaitAsync(Patience.Bound);
    }

    [SkippableFact]
    public async Task UpdateAddresses_ThenNegotiated_ConnectionGoesOnWithNewCredentials()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs more than one loopback address");
        await using var left = RtcEndpoint.Start(new RtcEndpointOptions { AllowLoopback = true, WatchesNetwork = false });
        await using var right = RtcPair.StartEndpoint("right");
        left.UpdateAddresses([First]);
        await using var offerer = left.CreatePeerConnection();
        await using var answerer = right.CreatePeerConnection();
        var near = offerer.CreateDataChannel("test");
        await RtcPair.NegotiateAsync(offerer, answerer);
        await RtcPair.OpensAsync(near);
        var before = offerer.LocalDescription!.Sdp;
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        offerer.NegotiationNeeded += (_, _) => asked.TrySetResult();

        left.UpdateAddresses([Second]);
        await asked.Task.WaitAsync(Patience.Bound);
        await RtcPair.NegotiateAsync(offerer, answerer);

        Assert.NotEqual(Ufrag(before), Ufrag(offerer.LocalDescription!.Sdp));
        Assert.DoesNotContain(First.ToString() + " ", offerer.LocalDescription.Sdp.Split("\r\n").Where(l => l.StartsWith("a=candidate", StringComparison.Ordinal)).First());
        var transfer = new TransferCheck(1024 * 1024);
        var accepting = RtcPair.AcceptAsync(answerer, transfer.Receive);
        var further = offerer.CreateDataChannel("further");
        await RtcPair.OpensAsync(further);
        await accepting;
        await transfer.SendAsync(further);
        Assert.True(await transfer.Done.WaitAsync(Patience.Bound));
    }

    [SkippableFact]
    public async Task UpdateAddresses_BeforeTheFirstConnection_NewAddressIsOffered()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs more than one loopback address");
        await using var endpoint = RtcEndpoint.Start(new RtcEndpointOptions { AllowLoopback = true, WatchesNetwork = false });

        endpoint.UpdateAddresses([First, Second]);
        await using var connection = endpoint.CreatePeerConnection();
        var offer = await connection.CreateOfferAsync();

        Assert.Contains(" 127.0.0.1 ", offer.Sdp);
        Assert.Contains(" 127.0.0.2 ", offer.Sdp);
    }

    private static string Ufrag(string sdp) => sdp.Split("\r\n").Single(l => l.StartsWith("a=ice-ufrag:", StringComparison.Ordinal));
}
