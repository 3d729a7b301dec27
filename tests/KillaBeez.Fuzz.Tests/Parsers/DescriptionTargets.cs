using System.Text;
using KillaBeez.Fuzz.Tests.Fuzzing;
using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.Sdp;
using KillaBeez.WebRtc.Tests.Sdp;

namespace KillaBeez.Fuzz.Tests.Parsers;

/// <summary>Session descriptions and candidate lines: text that comes through signalling.</summary>
internal static class DescriptionTargets
{
    public static IEnumerable<FuzzTarget> All =>
    [
        new ParserTarget("sdp", ParseSdp, Descriptions) { InputBytes = 16_384, Words = SdpWords, AllocationBytes = 1024 * 1024 },
        new ParserTarget("ice-candidate", ParseCandidate, Candidates) { InputBytes = 1200, Words = CandidateWords },
    ];

    public static byte[][] SdpWords => Vectors.Words(
        "a=", "m=", "\r\n", "\n", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n", "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n",
        "a=group:BUNDLE 0 1\r\n", "a=mid:0\r\n", "a=mid:1\r\n", "a=setup:active\r\n", "a=setup:passive\r\n", "a=sctp-port:5001\r\n",
        "a=sctpmap:5001 webrtc-datachannel 256\r\n", "a=ice-lite\r\n", "a=ice-ufrag:zzzz\r\n", "a=ice-pwd:0123456789abcdefghijABCD\r\n",
        "a=ice-options:trickle,ice2\r\n", "a=end-of-candidates\r\n", "a=max-message-size:0\r\n", "a=tls-id:abc\r\n", "a=bundle-only\r\n",
        "a=fingerprint:" + SdpSamples.Fingerprint + "\r\n", "a=fingerprint:sha-1 00:01\r\n", "a=candidate:1 1 udp 1 10.0.0.1 5000 typ host\r\n");

    public static byte[][] CandidateWords => Vectors.Words(
        "candidate:", "a=", " ", "udp", "tcp", " typ ", "host", "srflx", "prflx", "relay", " raddr ", " rport ", " tcptype active", " ufrag ",
        "10.0.0.1", "127.0.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "::", "::1", "fe80::1%eth0", "2001:db8::1", "::ffff:10.0.0.1",
        "3e4ca78d-5e9c-4d0b-8e2e-1f3a8e3f2b52.local", "example.org");

    public static IEnumerable<byte[]> Candidates() => Vectors.Words(
        "candidate:1467250027 1 udp 2122260223 192.168.0.196 46243 typ host generation 0 network-id 1 network-cost 999",
        "a=candidate:435653019 1 tcp 1518280447 192.168.0.196 9 typ host tcptype active generation 0 ufrag abcd",
        "candidate:7 1 udp 2122197247 3e4ca78d-5e9c-4d0b-8e2e-1f3a8e3f2b52.local 50123 typ host",
        "candidate:2 1 UDP 2122317567 fe80::42:acff:fe11:2%eth0 60063 typ host",
        "candidate:8 1 udp 1686052607 203.0.113.7 55000 typ srflx raddr 10.0.0.1 rport 5000",
        "candidate:9 1 udp 41885439 2001:db8::7 55001 typ relay raddr 203.0.113.7 rport 55000 ufrag wXyZ");

    private static IEnumerable<byte[]> Descriptions() =>
    [
        .. Vectors.Words(SdpSamples.Chromium, SdpSamples.NodeDataChannel, SdpSamples.LegacyFirefox, SdpSamples.BundledWithAudio, SdpWriter.Write(SdpNegotiation.CreateOffer(SdpSamples.Local))),
        .. Vectors.Folder("sdp/webrtc-sdp-corpus"),
    ];

    private static int ParseSdp(ReadOnlySpan<byte> input)
    {
        var outcome = new Outcome();
        if (!SdpParser.TryParse(Encoding.UTF8.GetString(input), out var description, out var error))
        {
            OracleException.Require(error != SdpParseError.None, "a refused description has an error");
            outcome.Add((int)error);
            return outcome.Value;
        }

        OracleException.RequireAtMost(description!.Candidates.Count, SdpLimits.MaxCandidates, "candidates of a description");
        OracleException.RequireAtMost(description.Fingerprints.Count, SdpLimits.MaxFingerprints, "fingerprints of a description");
        OracleException.RequireAtMost(description.Sections.Count, SdpLimits.MaxSections, "sections of a description");
        OracleException.RequireAtMost(description.IceOptions.Count, SdpLimits.MaxIceOptions, "ICE options of a description");
        Answer(description, ref outcome);
        outcome.Add((int)description.Protocol);
        outcome.Add((int?)description.Setup ?? -1);
        outcome.Add(description.HasBundle);
        outcome.Add(description.IsIceLite);
        outcome.AddSize(description.Candidates.Count);
        return outcome.Value;
    }

    /// <summary>What parses can be answered, and the answer is a description itself: nothing of the offer breaks out of its line.</summary>
    private static void Answer(DataChannelSessionDescription offer, ref Outcome outcome)
    {
        var answer = SdpNegotiation.CreateAnswer(offer, SdpSamples.Local);
        var text = SdpWriter.Write(answer);
        var parsed = SdpParser.TryParse(text, out var again, out var error);
        OracleException.Require(parsed, $"our answer does not parse ({error})");
        OracleException.Require(again!.IceCredentials == SdpSamples.Local.IceCredentials, "our answer has other credentials than ours");
        OracleException.Require(again.Fingerprints.SequenceEqual(SdpSamples.Local.Fingerprints), "our answer has other fingerprints than ours");
        OracleException.Require(again.Sections.Count == offer.Sections.Count, "our answer has another number of sections");
        outcome.Add(SdpNegotiation.TryNegotiate(answer, offer, isOfferer: false, 262_144, out _, out var reason));
        outcome.Add((int)reason);
    }

    private static int ParseCandidate(ReadOnlySpan<byte> input)
    {
        var outcome = new Outcome();
        if (!IceCandidateLine.TryParse(Encoding.UTF8.GetString(input), out var candidate, out var error))
        {
            OracleException.Require(error != IceCandidateParseError.None, "a refused candidate has an error");
            outcome.Add((int)error);
            return outcome.Value;
        }

        var line = IceCandidateLine.Format(candidate!);
        if (line.Length <= IceLimits.MaxCandidateLineChars)
        {
            OracleException.Require(IceCandidateLine.TryParse(line, out var again, out _), "a candidate that was written again parses");
            OracleException.Require(IceCandidateLine.Format(again!) == line, "a candidate that was written again reads the same");
        }

        outcome.Add((int)candidate!.Type);
        outcome.Add((int)candidate.Transport);
        outcome.Add(candidate.HostName is null);
        outcome.Add(candidate.RelatedAddress is null);
        outcome.Add(candidate.TcpType is null);
        return outcome.Value;
    }
}
