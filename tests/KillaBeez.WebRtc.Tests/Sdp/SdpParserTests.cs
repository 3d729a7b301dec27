using KillaBeez.Tests;
using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.Sdp;
using KillaBeez.WebRtc.Tests.Ice;

namespace KillaBeez.WebRtc.Tests.Sdp;

public sealed class SdpParserTests
{
    [Fact]
    public void Chromium_IsRead()
    {
        var offer = SdpSamples.Read(SdpSamples.Chromium);

        Assert.Equal(4611731400430051336u, offer.SessionId);
        Assert.Equal(2u, offer.SessionVersion);
        Assert.Equal("0", offer.Mid);
        Assert.True(offer.HasBundle);
        Assert.Equal("wXyZ", offer.IceCredentials.Ufrag);
        Assert.Equal(SdpSamples.Password, offer.IceCredentials.Password);
        Assert.True(offer.IsTrickling);
        Assert.Equal(SdpSetup.ActPass, offer.Setup);
        Assert.Equal(5000, offer.SctpPort);
        Assert.Equal(262144, offer.MaxMessageSize);
        Assert.False(offer.HasEndOfCandidates);
        Assert.False(offer.IsIceLite);
        Assert.Equal(SdpSamples.Fingerprint, Assert.Single(offer.Fingerprints).ToString());
        Assert.Equal(3, offer.Candidates.Count);
        Assert.Equal(IceNetwork.Parse("192.168.0.196:46243"), offer.Candidates[0].Address);
        Assert.Equal(IceTransport.Tcp, offer.Candidates[1].Transport);
        Assert.True(offer.Candidates[2].IsMdns);
    }

    [Fact]
    public void NodeDataChannel_SessionLevelTransportAndCommas_AreRead()
    {
        var offer = SdpSamples.Read(SdpSamples.NodeDataChannel);

        Assert.Equal("aB+/", offer.IceCredentials.Ufrag);
        Assert.Equal(["ice2", "trickle"], offer.IceOptions);
        Assert.True(offer.IsTrickling);
        Assert.True(offer.HasEndOfCandidates);
        Assert.Equal(2, offer.Candidates.Count);
        Assert.Equal(0u, offer.Candidates[1].Address.ScopeId);
    }

    [Fact]
    public void LegacyForm_IsReadAndAnsweredInKind()
    {
        var offer = SdpSamples.Read(SdpSamples.LegacyFirefox);
        Assert.Equal(SdpDataProtocol.LegacyDtlsSctp, offer.Protocol);
        Assert.Equal(5001, offer.SctpPort);
        Assert.Null(offer.MaxMessageSize);
        Assert.False(offer.HasBundle);

        var answer = SdpWriter.Write(SdpNegotiation.CreateAnswer(offer, SdpSamples.Local));
        Assert.Contains("m=application 9 DTLS/SCTP 5000\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("a=sctpmap:5000 webrtc-datachannel 1024\r\n", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("sctp-port", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("a=group", answer, StringComparison.Ordinal);
        Assert.Contains("a=mid:sdparta_0\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void OtherMedia_AreRefusedInPlace_AndTransportIsFoundInTheTaggedSection()
    {
        var offer = SdpSamples.Read(SdpSamples.BundledWithAudio);
        Assert.Equal("abcd", offer.IceCredentials.Ufrag);
        Assert.Single(offer.Candidates);
        Assert.Equal(1, offer.DataSectionIndex);

        var text = SdpWriter.Write(SdpNegotiation.CreateAnswer(offer, SdpSamples.Local));
        var answer = SdpSamples.Read(text);
        Assert.Contains("a=group:BUNDLE data\r\n", text, StringComparison.Ordinal);
        Assert.Equal(new SdpSection("audio", 0, "UDP/TLS/RTP/SAVPF", "111 0", "audio"), answer.Sections[0]);
        Assert.Equal("data", answer.Sections[1].Mid);
        Assert.Equal(9, answer.Sections[1].Port);
    }

    [Fact]
    public void BundleGroup_WithoutTheDataSection_IsNotAnswered()
    {
        var offer = SdpSamples.Read(SdpSamples.Chromium.Replace("a=group:BUNDLE 0", "a=group:BUNDLE 1", StringComparison.Ordinal));
        Assert.False(offer.HasBundle);
        Assert.DoesNotContain("BUNDLE", SdpWriter.Write(SdpNegotiation.CreateAnswer(offer, SdpSamples.Local)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void LineEnds_OfBothKinds_AreRead(string lineEnd)
    {
        var sdp = SdpSamples.Chromium.ReplaceLineEndings(lineEnd);
        Assert.Equal("wXyZ", SdpSamples.Read(sdp).IceCredentials.Ufrag);
        Assert.Equal("wXyZ", SdpSamples.Read(sdp.TrimEnd()).IceCredentials.Ufrag);
    }

    [Theory]
    [InlineData("v=0", "v=1", nameof(SdpParseError.NotSdp))]
    [InlineData("m=application 9", "m=application 0", nameof(SdpParseError.DataSectionRejected))]
    [InlineData("m=application 9", "m=application x", nameof(SdpParseError.BadSections))]
    [InlineData("m=application", "m=audio", nameof(SdpParseError.NoDataSection))]
    [InlineData("webrtc-datachannel", "other", nameof(SdpParseError.NoDataSection))]
    [InlineData("a=ice-ufrag:wXyZ", "a=ice-ufrag:wX", nameof(SdpParseError.BadIceCredentials))]
    [InlineData("a=ice-ufrag:wXyZ", "a=ice-ufrag:wX:Z", nameof(SdpParseError.BadIceCredentials))]
    [InlineData("a=ice-pwd", "a=ice-pwd-not", nameof(SdpParseError.BadIceCredentials))]
    [InlineData("sha-256", "sha-1", nameof(SdpParseError.NoTrustedFingerprint))]
    [InlineData("00:01", "0001", nameof(SdpParseError.NoTrustedFingerprint))]
    [InlineData("a=setup:actpass", "a=setup:holdconn", nameof(SdpParseError.BadSetup))]
    [InlineData("a=sctp-port:5000", "a=sctp-port:0", nameof(SdpParseError.BadSctpPort))]
    [InlineData("a=sctp-port:5000", "a=sctp-port:65536", nameof(SdpParseError.BadSctpPort))]
    public void Defects_AreNamed(string what, string by, string expected)
    {
        Assert.False(SdpParser.TryParse(SdpSamples.Chromium.Replace(what, by, StringComparison.Ordinal), out var description, out var error));
        Assert.Null(description);
        Assert.Equal(expected, error.ToString());
    }

    [Fact]
    public void Text_CutAtEveryCharacter_NeverThrows()
    {
        foreach (var sample in new[] { SdpSamples.Chromium, SdpSamples.NodeDataChannel, SdpSamples.LegacyFirefox, SdpSamples.BundledWithAudio })
        {
            for (var length = 0; length < sample.Length; length++)
            {
                _ = SdpParser.TryParse(sample.AsSpan(0, length), out _, out _);
            }
        }
    }

    [Fact]
    public void Text_RandomlyChanged_NeverThrowsAndStaysWithinLimits()
    {
        var random = new SeededRandomSource(11);
        var alphabet = "\r\n:= /0a%.,-\0\u2028\uD800am";
        foreach (var sample in new[] { SdpSamples.Chromium, SdpSamples.LegacyFirefox, SdpSamples.BundledWithAudio })
        {
            for (var round = 0; round < 3000; round++)
            {
                var text = sample.ToCharArray();
                for (var i = 0; i < 5; i++)
                {
                    text[random.NextInt32(0, text.Length)] = alphabet[random.NextInt32(0, alphabet.Length)];
                }

                if (SdpParser.TryParse(text, out var description, out _))
                {
                    // What was read can be answered, and the answer read again.
                    var answer = SdpWriter.Write(SdpNegotiation.CreateAnswer(description!, SdpSamples.Local));
                    Assert.True(SdpParser.TryParse(answer, out _, out var error), $"round {round}: {error}\n{answer}");
                }
            }
        }
    }

    [SkippableFact]
    public void Corpus_NeverThrows_AndWhatIsReadCanBeAnswered()
    {
        var read = 0;
        foreach (var file in Directory.GetFiles(SharedFiles.Require("vectors/sdp/webrtc-sdp-corpus")))
        {
            if (SdpParser.TryParse(File.ReadAllText(file), out var description, out _))
            {
                read++;
                var answer = SdpWriter.Write(SdpNegotiation.CreateAnswer(description!, SdpSamples.Local));
                Assert.True(SdpParser.TryParse(answer, out _, out var error), $"{file}: {error}");
            }
        }

        Assert.True(read > 0, "Some descriptions of the corpus have data channels.");
    }

    [Fact]
    public void Limits_OfCandidatesFingerprintsAndSections_Hold()
    {
        var sdp = SdpSamples.Chromium
            + string.Concat(Enumerable.Range(1, 500).Select(i => $"a=candidate:1 1 udp 1 10.0.{i / 250}.{i % 250} 1 typ host\r\n"))
            + string.Concat(Enumerable.Range(0, 100).Select(i => $"a=fingerprint:{SdpSamples.Fingerprint[..^2]}{i:X2}\r\n"));
        var description = SdpSamples.Read(sdp);
        Assert.Equal(SdpLimits.MaxCandidates, description.Candidates.Count);
        Assert.Equal(SdpLimits.MaxFingerprints, description.Fingerprints.Count);

        var sections = SdpSamples.Chromium + string.Concat(Enumerable.Repeat("m=audio 9 RTP/AVP 0\r\n", SdpLimits.MaxSections));
        Assert.False(SdpParser.TryParse(sections, out _, out var error));
        Assert.Equal(SdpParseError.BadSections, error);
        Assert.False(SdpParser.TryParse(new string('\n', SdpLimits.MaxChars + 1), out _, out error));
        Assert.Equal(SdpParseError.TooLong, error);
    }
}
