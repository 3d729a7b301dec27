using System.Net;
using KillaBeez.WebRtc.Tests.PeerConnections;

namespace KillaBeez.WebRtc.Tests.Io;

/// <summary>Names behind which browsers hide their addresses, asked of a responder over real multicast.</summary>
public sealed class NameResolverTests
{
    private const string Name = "3f6cbd1a-5a59-4d3a-9f0e-1d6f2a7b8c9d.local";

    [SkippableFact]
    public async Task Connect_PeerShowsOnlyAName_IsFoundByAskingTheNetwork()
    {
        using var responder = MulticastResponder.TryStart(Name, IPAddress.Loopback);
        Skip.If(responder is null, "UDP port 5353 or multicast is not to be had");
        await using var pair = new RtcPair();
        await using var offerer = pair.Left.CreatePeerConnection();
        await using var answerer = pair.Right.CreatePeerConnection();
        var near = offerer.CreateDataChannel("test");
        var offer = await offerer.CreateOfferAsync();
        await offerer.SetLocalDescriptionAsync(offer);

        // The answerer hears of no address at all, so that the name is the only way the two can meet.
        await answerer.SetRemoteDescriptionAsync(offer with { Sdp = Edit(offer.Sdp, _ => null) });
        var answer = await answerer.CreateAnswerAsync();
        await answerer.SetLocalDescriptionAsync(answer);
        await offerer.SetRemoteDescriptionAsync(answer with { Sdp = Edit(answer.Sdp, Hide) });

        await RtcPair.OpensAsync(near);
        Assert.True(responder.Asked > 0);
    }

    private static string? Hide(string candidate) => candidate.Contains(" udp ", StringComparison.Ordinal)
        ? candidate.Replace($" {IPAddress.Loopback} ", $" {Name} ", StringComparison.Ordinal)
        : null;

    /// <summary>Changes the candidate lines, or with null leaves them out.</summary>
    private static string Edit(string sdp, Func<string, string?> edit) => string.Concat(sdp.Split("\r\n", StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.StartsWith("a=candidate", StringComparison.Ordinal) ? edit(line) : line)
        .Where(line => line is not null)
        .Select(line => line + "\r\n"));
}
