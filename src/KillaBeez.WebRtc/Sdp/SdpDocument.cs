namespace KillaBeez.WebRtc.Sdp;

/// <summary>The attributes of one level, a session or an m= section, in the order of the text.</summary>
internal sealed class SdpAttributes
{
    private readonly List<(string Name, string Value)> _attributes = [];

    public void Add(ReadOnlySpan<char> attribute)
    {
        var colon = attribute.IndexOf(':');
        var name = colon < 0 ? attribute : attribute[..colon];
        var value = colon < 0 ? default : attribute[(colon + 1)..];
        _attributes.Add((name.Trim().ToString(), value.Trim().ToString()));
    }

    /// <summary>The value of the first attribute of a name; empty for a flag, null where there is none.</summary>
    public string? First(string name)
    {
        foreach (var (key, value) in _attributes)
        {
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        return null;
    }

    public IEnumerable<string> All(string name)
    {
        foreach (var (key, value) in _attributes)
        {
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                yield return value;
            }
        }
    }
}

/// <summary>An m= section with its attributes.</summary>
internal sealed class SdpDocumentSection(string media, int port, string protocol, string formats)
{
    public string Media { get; } = media;

    public int Port { get; } = port;

    public string Protocol { get; } = protocol;

    public string Formats { get; } = formats;

    public SdpAttributes Attributes { get; } = new();
}

/// <summary>
/// The lines of a description sorted by level, and nothing understood yet (RFC 8866, section 5). Reads CRLF and LF,
/// skips what it does not need, and never throws.
/// </summary>
internal sealed class SdpDocument
{
    public ulong SessionId { get; private set; }

    public ulong SessionVersion { get; private set; }

    public SdpAttributes Attributes { get; } = new();

    public List<SdpDocumentSection> Sections { get; } = [];

    public static bool TryParse(ReadOnlySpan<char> text, out SdpDocument document, out SdpParseError error)
    {
        document = new SdpDocument();
        if (text.Length > SdpLimits.MaxChars)
        {
            error = SdpParseError.TooLong;
            return false;
        }

        var lines = 0;
        var hasVersion = false;
        foreach (var raw in text.EnumerateLines())
        {
            var line = raw.Trim();
            if (line.IsEmpty)
            {
                continue;
            }

            lines++;
            if (lines > SdpLimits.MaxLines)
            {
                error = SdpParseError.TooLong;
                return false;
            }

            if (!hasVersion && !line.SequenceEqual("v=0"))
            {
                error = SdpParseError.NotSdp;
                return false;
            }

            hasVersion = true;
            if (!document.TryTakeLine(line))
            {
                error = SdpParseError.BadSections;
                return false;
            }
        }

        error = hasVersion ? SdpParseError.None : SdpParseError.NotSdp;
        return hasVersion;
    }

    private bool TryTakeLine(ReadOnlySpan<char> line)
    {
        if (line.Length < 2 || line[1] != '=')
        {
            return true;
        }

        var value = line[2..];
        switch (line[0])
        {
            case 'o' when Sections.Count == 0:
                TakeOrigin(value);
                return true;
            case 'a':
                (Sections.Count == 0 ? Attributes : Sections[^1].Attributes).Add(value);
                return true;
            case 'm':
                return Sections.Count < SdpLimits.MaxSections && TryTakeMedia(value);
            default:
                return true;
        }
    }

    /// <summary>o=username id version ...: numbers that cannot be read are no reason to refuse.</summary>
    private void TakeOrigin(ReadOnlySpan<char> value)
    {
        _ = NextField(ref value);
        SessionId = ulong.TryParse(NextField(ref value), out var id) ? id : 0;
        SessionVersion = ulong.TryParse(NextField(ref value), out var version) ? version : 0;
    }

    /// <summary>m=media port[/count] proto formats</summary>
    private bool TryTakeMedia(ReadOnlySpan<char> value)
    {
        var media = NextField(ref value);
        var ports = NextField(ref value);
        var protocol = NextField(ref value);
        var formats = value.Trim();
        var slash = ports.IndexOf('/');
        if (!ushort.TryParse(slash < 0 ? ports : ports[..slash], out var port)
            || protocol.IsEmpty
            || media.Length > SdpLimits.MaxFieldChars
            || protocol.Length > SdpLimits.MaxFieldChars
            || formats.Length > SdpLimits.MaxFieldChars)
        {
            return false;
        }

        Sections.Add(new SdpDocumentSection(media.ToString(), port, protocol.ToString(), formats.ToString()));
        return true;
    }

    private static ReadOnlySpan<char> NextField(scoped ref ReadOnlySpan<char> rest)
    {
        rest = rest.TrimStart(' ');
        var end = rest.IndexOf(' ');
        var field = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        return field;
    }
}
