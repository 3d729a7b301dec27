using System.Globalization;
using KillaBeez.WebRtc.Ice;

namespace KillaBeez.WebRtc.Sdp;

/// <summary>
/// Reads the descriptions of browsers and of other libraries, as tolerantly as safety allows: transport attributes
/// may stand in the data section, at session level or in the section that a BUNDLE group is tagged by; unknown
/// lines are skipped; sections of other media are kept for the answer to refuse.
/// </summary>
internal static class SdpParser
{
    private const string DataFormat = "webrtc-datachannel";
    private const ushort DefaultSctpPort = 5000;

    public static bool TryParse(ReadOnlySpan<char> sdp, out DataChannelSessionDescription? description, out SdpParseError error)
    {
        description = null;
        if (!SdpDocument.TryParse(sdp, out var document, out error))
        {
            return false;
        }

        var index = document.Sections.FindIndex(IsDataSection);
        if (index < 0)
        {
            error = SdpParseError.NoDataSection;
            return false;
        }

        var levels = new Levels(document, document.Sections[index]);
        error = ReadData(document, index, levels, out description);
        return error == SdpParseError.None;
    }

    private static SdpParseError ReadData(
        SdpDocument document, int index, in Levels levels, out DataChannelSessionDescription? description)
    {
        description = null;
        var section = levels.Section;
        if (section.Port == 0 && section.Attributes.First("bundle-only") is null)
        {
            return SdpParseError.DataSectionRejected;
        }

        if (!IceCredentials.TryCreate(levels.First("ice-ufrag"), levels.First("ice-pwd"), out var credentials))
        {
            return SdpParseError.BadIceCredentials;
        }

        var fingerprints = ReadFingerprints(levels);
        if (!fingerprints.Exists(fingerprint => fingerprint.IsTrusted))
        {
            return SdpParseError.NoTrustedFingerprint;
        }

        if (!TryReadSetup(levels.First("setup"), out var setup))
        {
            return SdpParseError.BadSetup;
        }

        var protocol = ProtocolOf(section);
        if (!TryReadSctpPort(section, protocol, out var sctpPort))
        {
            return SdpParseError.BadSctpPort;
        }

        description = new DataChannelSessionDescription
        {
            SessionId = document.SessionId,
            SessionVersion = document.SessionVersion,
            Mid = MidOf(section),
            HasBundle = levels.HasBundle,
            IceCredentials = credentials!,
            IsIceLite = document.Attributes.First("ice-lite") is not null,
            IceOptions = ReadIceOptions(levels.First("ice-options")),
            Fingerprints = fingerprints,
            Setup = setup,
            SctpPort = sctpPort,
            MaxMessageSize = ReadMaxMessageSize(section.Attributes.First("max-message-size")),
            TlsId = levels.First("tls-id"),
            Protocol = protocol,
            Candidates = ReadCandidates(levels),
            HasEndOfCandidates = levels.First("end-of-candidates") is not null,
            Sections = document.Sections.ConvertAll(s => new SdpSection(s.Media, s.Port, s.Protocol, s.Formats, MidOf(s))),
            DataSectionIndex = index,
        };
        return SdpParseError.None;
    }

    private static bool IsDataSection(SdpDocumentSection section)
    {
        if (!section.Media.Equals("application", StringComparison.OrdinalIgnoreCase)
            || !section.Protocol.EndsWith("DTLS/SCTP", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        return section.Formats.Equals(DataFormat, StringComparison.OrdinalIgnoreCase)
            || (section.Attributes.First("sctpmap") is { } map && map.Contains(DataFormat, StringComparison.OrdinalIgnoreCase));
    }

    private static SdpDataProtocol ProtocolOf(SdpDocumentSection section) => section.Protocol switch
    {
        _ when section.Attributes.First("sctp-port") is null && section.Attributes.First("sctpmap") is not null => SdpDataProtocol.LegacyDtlsSctp,
        var p when p.StartsWith("TCP", StringComparison.OrdinalIgnoreCase) => SdpDataProtocol.TcpDtlsSctp,
        _ => SdpDataProtocol.UdpDtlsSctp,
    };

    private static string? MidOf(SdpDocumentSection section) =>
        section.Attributes.First("mid") is { Length: > 0 and <= SdpLimits.MaxMidChars } mid && mid.AsSpan().IndexOfAny(" \t") < 0 ? mid : null;

    private static List<SdpFingerprint> ReadFingerprints(in Levels levels)
    {
        var fingerprints = new List<SdpFingerprint>();
        foreach (var line in levels.All("fingerprint"))
        {
            if (fingerprints.Count < SdpLimits.MaxFingerprints
                && SdpFingerprint.TryParse(line, out var fingerprint)
                && !fingerprints.Contains(fingerprint!))
            {
                fingerprints.Add(fingerprint!);
            }
        }

        return fingerprints;
    }

    private static bool TryReadSetup(string? text, out SdpSetup? setup)
    {
        (var known, setup) = text?.ToLowerInvariant() switch
        {
            null => (true, null),
            "actpass" => (true, SdpSetup.ActPass),
            "active" => (true, SdpSetup.Active),
            "passive" => (true, SdpSetup.Passive),
            _ => (false, (SdpSetup?)null),
        };
        return known;
    }

    private static bool TryReadSctpPort(SdpDocumentSection section, SdpDataProtocol protocol, out ushort port)
    {
        port = DefaultSctpPort;
        var text = section.Attributes.First("sctp-port");
        if (protocol == SdpDataProtocol.LegacyDtlsSctp)
        {
            // a=sctpmap:5000 webrtc-datachannel 1024
            text = section.Attributes.First("sctpmap")!.Split(' ')[0];
        }

        return text is null || (ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port != 0);
    }

    private static long? ReadMaxMessageSize(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : null;

    /// <summary>Separated by spaces; some libraries write commas.</summary>
    private static string[] ReadIceOptions(string? text)
    {
        var options = text?.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries) ?? [];
        return options.Length <= SdpLimits.MaxIceOptions ? options : options[..SdpLimits.MaxIceOptions];
    }

    private static List<IceCandidate> ReadCandidates(in Levels levels)
    {
        var candidates = new List<IceCandidate>();
        foreach (var line in levels.All("candidate"))
        {
            if (candidates.Count < SdpLimits.MaxCandidates && IceCandidateLine.TryParse(line, out var candidate, out _))
            {
                candidates.Add(candidate!);
            }
        }

        return candidates;
    }

    /// <summary>Where an attribute of the transport is looked for: the data section, the session, the BUNDLE group's tagged section.</summary>
    private readonly struct Levels
    {
        private readonly SdpAttributes _session;
        private readonly SdpAttributes? _tagged;

        public Levels(SdpDocument document, SdpDocumentSection section)
        {
            Section = section;
            _session = document.Attributes;
            foreach (var group in document.Attributes.All("group"))
            {
                var mids = group.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (mids is ["BUNDLE", ..])
                {
                    HasBundle = mids.Contains(MidOf(section));
                    _tagged = HasBundle
                        ? document.Sections.Find(candidate => MidOf(candidate) == mids.ElementAtOrDefault(1))?.Attributes
                        : null;
                    break;
                }
            }
        }

        public SdpDocumentSection Section { get; }

        public bool HasBundle { get; }

        public string? First(string name) => Section.Attributes.First(name) ?? _session.First(name) ?? _tagged?.First(name);

        public IEnumerable<string> All(string name)
        {
            if (Section.Attributes.First(name) is not null)
            {
                return Section.Attributes.All(name);
            }

            return _session.First(name) is not null || _tagged is null ? _session.All(name) : _tagged.All(name);
        }
    }
}
