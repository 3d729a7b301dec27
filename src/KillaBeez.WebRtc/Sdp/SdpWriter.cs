using System.Globalization;
using System.Text;

namespace KillaBeez.WebRtc.Sdp;

/// <summary>Writes the smallest session that browsers and the other libraries accept; refused sections keep their place with port 0.</summary>
internal static class SdpWriter
{
    private const string LineEnd = "\r\n";
    private const string LegacyStreams = "1024";

    public static string Write(DataChannelSessionDescription description)
    {
        var text = new StringBuilder(1024);
        Line(text, "v=0");
        Line(text, string.Create(
            CultureInfo.InvariantCulture, $"o=- {description.SessionId} {description.SessionVersion} IN IP4 127.0.0.1"));
        Line(text, "s=-");
        Line(text, "t=0 0");
        if (description.HasBundle && description.Mid is not null)
        {
            Line(text, $"a=group:BUNDLE {description.Mid}");
        }

        if (description.IsIceLite)
        {
            Line(text, "a=ice-lite");
        }

        if (description.IceOptions.Count > 0)
        {
            Line(text, $"a=ice-options:{string.Join(' ', description.IceOptions)}");
        }

        Line(text, "a=msid-semantic: WMS");
        if (description.Sections.Count == 0)
        {
            WriteData(text, description);
        }

        for (var i = 0; i < description.Sections.Count; i++)
        {
            if (i == description.DataSectionIndex)
            {
                WriteData(text, description);
            }
            else
            {
                WriteRefused(text, description.Sections[i]);
            }
        }

        return text.ToString();
    }

    private static void WriteData(StringBuilder text, DataChannelSessionDescription description)
    {
        var port = description.SctpPort.ToString(CultureInfo.InvariantCulture);
        var isLegacy = description.Protocol == SdpDataProtocol.LegacyDtlsSctp;
        Line(text, description.Protocol switch
        {
            SdpDataProtocol.LegacyDtlsSctp => $"m=application 9 DTLS/SCTP {port}",
            SdpDataProtocol.TcpDtlsSctp => "m=application 9 TCP/DTLS/SCTP webrtc-datachannel",
            _ => "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        });
        Line(text, "c=IN IP4 0.0.0.0");
        if (description.Mid is not null)
        {
            Line(text, $"a=mid:{description.Mid}");
        }

        Line(text, $"a=ice-ufrag:{description.IceCredentials.Ufrag}");
        Line(text, $"a=ice-pwd:{description.IceCredentials.Password}");
        foreach (var fingerprint in description.Fingerprints)
        {
            Line(text, $"a=fingerprint:{fingerprint}");
        }

        if (description.Setup is { } setup)
        {
            Line(text, $"a=setup:{SetupText(setup)}");
        }

        Line(text, isLegacy ? $"a=sctpmap:{port} webrtc-datachannel {LegacyStreams}" : $"a=sctp-port:{port}");
        if (description.MaxMessageSize is { } size)
        {
            Line(text, string.Create(CultureInfo.InvariantCulture, $"a=max-message-size:{size}"));
        }

        foreach (var candidate in description.Candidates)
        {
            Line(text, $"a={candidate}");
        }

        if (description.HasEndOfCandidates)
        {
            Line(text, "a=end-of-candidates");
        }
    }

    /// <summary>RFC 3264, section 6: a refused stream keeps its line, with port 0.</summary>
    private static void WriteRefused(StringBuilder text, SdpSection section)
    {
        Line(text, $"m={section.Media} 0 {section.Protocol} {section.Formats}");
        Line(text, "c=IN IP4 0.0.0.0");
        if (section.Mid is not null)
        {
            Line(text, $"a=mid:{section.Mid}");
        }

        Line(text, "a=inactive");
    }

    private static string SetupText(SdpSetup setup) => setup switch
    {
        SdpSetup.ActPass => "actpass",
        SdpSetup.Active => "active",
        _ => "passive",
    };

    private static void Line(StringBuilder text, string line) => text.Append(line).Append(LineEnd);
}
