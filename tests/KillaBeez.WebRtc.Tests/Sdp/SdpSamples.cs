using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.Sdp;

namespace KillaBeez.WebRtc.Tests.Sdp;

/// <summary>Descriptions as the peers in the field write them, with made-up credentials.</summary>
internal static class SdpSamples
{
    public const string Fingerprint =
        "sha-256 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F";

    public const string Password = "0123456789abcdefghijABCD";

    public static string Chromium { get; } = Lines(
        "v=0",
        "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0",
        "a=extmap-allow-mixed",
        "a=msid-semantic: WMS",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        "c=IN IP4 0.0.0.0",
        "a=candidate:1467250027 1 udp 2122260223 192.168.0.196 46243 typ host generation 0 network-id 1 network-cost 999",
        "a=candidate:435653019 1 tcp 1518280447 192.168.0.196 9 typ host tcptype active generation 0 network-id 1",
        "a=candidate:7 1 udp 2122197247 3e4ca78d-5e9c-4d0b-8e2e-1f3a8e3f2b52.local 50123 typ host generation 0",
        "a=ice-ufrag:wXyZ",
        "a=ice-pwd:" + Password,
        "a=ice-options:trickle",
        "a=fingerprint:" + Fingerprint,
        "a=setup:actpass",
        "a=mid:0",
        "a=sctp-port:5000",
        "a=max-message-size:262144");

    public static string NodeDataChannel { get; } = Lines(
        "v=0",
        "o=rtc 2745187693 0 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0",
        "a=group:LS 0",
        "a=msid-semantic:WMS *",
        "a=setup:actpass",
        "a=ice-ufrag:aB+/",
        "a=ice-pwd:" + Password,
        "a=ice-options:ice2,trickle",
        "a=fingerprint:" + Fingerprint,
        "m=application 60063 UDP/DTLS/SCTP webrtc-datachannel",
        "c=IN IP4 172.17.0.2",
        "a=mid:0",
        "a=sendrecv",
        "a=sctp-port:5000",
        "a=max-message-size:262144",
        "a=candidate:1 1 UDP 2122317823 172.17.0.2 60063 typ host",
        "a=candidate:2 1 UDP 2122317567 fe80::42:acff:fe11:2%eth0 60063 typ host",
        "a=end-of-candidates");

    public static string LegacyFirefox { get; } = Lines(
        "v=0",
        "o=mozilla...THIS_IS_SDPARTA-38.0 7123456789012345678 0 IN IP4 0.0.0.0",
        "s=SIP Call",
        "t=0 0",
        "a=fingerprint:" + Fingerprint,
        "a=ice-options:trickle",
        "m=application 9 DTLS/SCTP 5001",
        "c=IN IP4 0.0.0.0",
        "a=sendrecv",
        "a=ice-pwd:" + Password,
        "a=ice-ufrag:abcd",
        "a=mid:sdparta_0",
        "a=sctpmap:5001 webrtc-datachannel 256",
        "a=setup:actpass");

    /// <summary>Audio first, data bundled with it: transport attributes stand in the audio section.</summary>
    public static string BundledWithAudio { get; } = Lines(
        "v=0",
        "o=- 1 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE audio data",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111 0",
        "c=IN IP4 0.0.0.0",
        "a=mid:audio",
        "a=ice-ufrag:abcd",
        "a=ice-pwd:" + Password,
        "a=fingerprint:" + Fingerprint,
        "a=setup:actpass",
        "a=candidate:1 1 udp 2122260223 192.168.0.196 46243 typ host",
        "a=rtpmap:111 opus/48000/2",
        "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
        "c=IN IP4 0.0.0.0",
        "a=bundle-only",
        "a=mid:data",
        "a=sctp-port:5000");

    public static SdpLocalParameters Local { get; } = new()
    {
        SessionId = 4611731400430051336,
        SessionVersion = 0,
        IceCredentials = IceCredentials.Create("uFrag+/1", Password),
        Fingerprints = [Parse(Fingerprint)],
    };

    public static SdpFingerprint Parse(string text)
    {
        Assert.True(SdpFingerprint.TryParse(text, out var fingerprint));
        return fingerprint!;
    }

    public static DataChannelSessionDescription Read(string sdp)
    {
        Assert.True(SdpParser.TryParse(sdp, out var description, out var error), error.ToString());
        return description!;
    }

    public static string Lines(params string[] lines) => string.Join("\r\n", lines) + "\r\n";
}
