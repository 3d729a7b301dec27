using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;

namespace KillaBeez.WebRtc.Ice;

/// <summary>
/// The text form of a candidate (RFC 8839, section 5.1):
/// <code>
/// candidate:FOUNDATION COMPONENT TRANSPORT PRIORITY ADDRESS PORT typ TYPE [raddr ADDRESS] [rport PORT] *(NAME VALUE)
/// </code>
/// Reading accepts a leading "a=", any case of the keywords, IPv6 zones, host names and unknown extensions.
/// </summary>
internal static class IceCandidateLine
{
    private const string Prefix = "candidate:";
    private static readonly SearchValues<char> DottedDigits = SearchValues.Create("0123456789.");

    public static bool TryParse(ReadOnlySpan<char> line, out IceCandidate? candidate, out IceCandidateParseError error)
    {
        candidate = null;
        if (line.Length > IceLimits.MaxCandidateLineChars)
        {
            error = IceCandidateParseError.TooLong;
            return false;
        }

        // An extension's value may hold any byte but NUL, CR and LF (RFC 8866, section 9: byte-string): those end the line.
        var rest = line.TrimStart(" \t\r\n");
        var end = rest.IndexOfAny('\0', '\r', '\n');
        rest = end < 0 ? rest : rest[..end];
        rest = rest.StartsWith("a=", StringComparison.OrdinalIgnoreCase) ? rest[2..] : rest;
        rest = rest.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? rest[Prefix.Length..] : rest;

        var foundation = NextToken(ref rest);
        var component = NextToken(ref rest);
        var transport = NextToken(ref rest);
        var priority = NextToken(ref rest);
        var address = NextToken(ref rest);
        var port = NextToken(ref rest);
        var keyword = NextToken(ref rest);
        var type = NextToken(ref rest);
        error = CheckFields(foundation, component, transport, priority, port, keyword, type, out var fields);
        if (error != IceCandidateParseError.None)
        {
            return false;
        }

        if (!TryReadAddress(address, fields.Port, out var transportAddress, out var hostName))
        {
            error = IceCandidateParseError.BadAddress;
            return false;
        }

        candidate = ReadExtensions(rest, new IceCandidate
        {
            Foundation = foundation.ToString(),
            Component = fields.Component,
            Transport = fields.Transport,
            Priority = fields.Priority,
            Address = fields.Transport == IceTransport.Tcp ? transportAddress.AsTcp() : transportAddress,
            HostName = hostName,
            Type = fields.Type,
        });
        return true;
    }

    /// <summary>The line without "a=". IPv6 zones are never written: they mean nothing to the peer.</summary>
    public static string Format(IceCandidate candidate)
    {
        var text = new StringBuilder(128);
        text.Append(CultureInfo.InvariantCulture, $"{Prefix}{candidate.Foundation} {candidate.Component} ")
            .Append(candidate.Transport == IceTransport.Udp ? "udp" : "tcp")
            .Append(CultureInfo.InvariantCulture, $" {candidate.Priority} {candidate.HostName ?? AddressText(candidate.Address)} {candidate.Address.Port} typ ")
            .Append(TypeText(candidate.Type));
        if (candidate.RelatedAddress is { } related)
        {
            text.Append(CultureInfo.InvariantCulture, $" raddr {AddressText(related)} rport {related.Port}");
        }

        if (candidate.TcpType is not null)
        {
            text.Append(" tcptype ").Append(candidate.TcpType);
        }

        if (candidate.Ufrag is not null)
        {
            text.Append(" ufrag ").Append(candidate.Ufrag);
        }

        return text.ToString();
    }

    private static IceCandidateParseError CheckFields(
        ReadOnlySpan<char> foundation,
        ReadOnlySpan<char> component,
        ReadOnlySpan<char> transport,
        ReadOnlySpan<char> priority,
        ReadOnlySpan<char> port,
        ReadOnlySpan<char> keyword,
        ReadOnlySpan<char> type,
        out Fields fields)
    {
        fields = default;
        if (type.IsEmpty || !keyword.Equals("typ", StringComparison.OrdinalIgnoreCase))
        {
            return IceCandidateParseError.MissingField;
        }

        if (!IsFoundation(foundation))
        {
            return IceCandidateParseError.BadFoundation;
        }

        if (!TryReadNumber(component, 256, out var componentNumber) || componentNumber == 0)
        {
            return IceCandidateParseError.BadComponent;
        }

        var isUdp = transport.Equals("udp", StringComparison.OrdinalIgnoreCase);
        if (!isUdp && !transport.Equals("tcp", StringComparison.OrdinalIgnoreCase))
        {
            return IceCandidateParseError.UnknownTransport;
        }

        if (!TryReadNumber(priority, uint.MaxValue, out var priorityNumber))
        {
            return IceCandidateParseError.BadPriority;
        }

        if (!TryReadNumber(port, ushort.MaxValue, out var portNumber))
        {
            return IceCandidateParseError.BadPort;
        }

        if (!TryReadType(type, out var candidateType))
        {
            return IceCandidateParseError.UnknownType;
        }

        fields = new Fields(
            (int)componentNumber, isUdp ? IceTransport.Udp : IceTransport.Tcp, priorityNumber, (ushort)portNumber, candidateType);
        return IceCandidateParseError.None;
    }

    private static IceCandidate ReadExtensions(ReadOnlySpan<char> rest, IceCandidate candidate)
    {
        ReadOnlySpan<char> relatedAddress = default;
        ushort relatedPort = 0;
        string? tcpType = null;
        string? ufrag = null;
        while (true)
        {
            var name = NextToken(ref rest);
            var value = NextToken(ref rest);
            if (value.IsEmpty)
            {
                break;
            }

            if (name.Equals("raddr", StringComparison.OrdinalIgnoreCase))
            {
                relatedAddress = value;
            }
            else if (name.Equals("rport", StringComparison.OrdinalIgnoreCase))
            {
                relatedPort = TryReadNumber(value, ushort.MaxValue, out var port) ? (ushort)port : (ushort)0;
            }
            else if (name.Equals("tcptype", StringComparison.OrdinalIgnoreCase))
            {
                tcpType = value.ToString();
            }
            else if (name.Equals("ufrag", StringComparison.OrdinalIgnoreCase))
            {
                ufrag = value.ToString();
            }
        }

        return candidate with
        {
            // A related address that cannot be read tells nothing that checks would need.
            RelatedAddress = TryReadAddress(relatedAddress, relatedPort, out var related, out var name2) && name2 is null ? related : null,
            TcpType = tcpType,
            Ufrag = ufrag,
        };
    }

    private static bool TryReadAddress(ReadOnlySpan<char> text, ushort port, out TransportAddress address, out string? hostName)
    {
        hostName = null;
        address = default;
        var zone = text.IndexOf('%');
        text = zone >= 0 ? text[..zone] : text;
        if (text.IsEmpty || text.Length > IceLimits.MaxHostNameChars)
        {
            return false;
        }

        // IPAddress also reads "1" and "0x7f.1"; a candidate must have the full dotted or colon form.
        var looksLikeIPv4 = text.Count('.') == 3 && text.IndexOfAnyExcept(DottedDigits) < 0;
        if (looksLikeIPv4 || text.Contains(':'))
        {
            if (!IPAddress.TryParse(text, out var ip))
            {
                return false;
            }

            address = TransportAddress.From(ip, port);
            return true;
        }

        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.' or '_'))
            {
                return false;
            }
        }

        if (text.IndexOfAnyExcept(DottedDigits) < 0)
        {
            return false;
        }

        hostName = text.ToString();
        address = TransportAddress.FromIPv4([0, 0, 0, 0], port);
        return true;
    }

    private static bool IsFoundation(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text.Length > IceLimits.MaxFoundationChars)
        {
            return false;
        }

        foreach (var c in text)
        {
            if (!IceCredentials.IsIceChar(c) && c is not ('-' or '_'))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryReadNumber(ReadOnlySpan<char> text, uint max, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= max;

    private static bool TryReadType(ReadOnlySpan<char> text, out IceCandidateType type)
    {
        (var known, type) = text switch
        {
            _ when text.Equals("host", StringComparison.OrdinalIgnoreCase) => (true, IceCandidateType.Host),
            _ when text.Equals("srflx", StringComparison.OrdinalIgnoreCase) => (true, IceCandidateType.ServerReflexive),
            _ when text.Equals("prflx", StringComparison.OrdinalIgnoreCase) => (true, IceCandidateType.PeerReflexive),
            _ when text.Equals("relay", StringComparison.OrdinalIgnoreCase) => (true, IceCandidateType.Relayed),
            _ => (false, default),
        };
        return known;
    }

    private static string TypeText(IceCandidateType type) => type switch
    {
        IceCandidateType.Host => "host",
        IceCandidateType.PeerReflexive => "prflx",
        IceCandidateType.ServerReflexive => "srflx",
        _ => "relay",
    };

    private static string AddressText(TransportAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return new IPAddress(bytes[..address.WriteAddress(bytes)]).ToString();
    }

    private static ReadOnlySpan<char> NextToken(scoped ref ReadOnlySpan<char> rest)
    {
        rest = rest.TrimStart(" \t");
        var end = rest.IndexOfAny(' ', '\t');
        var token = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        return token;
    }

    private readonly record struct Fields(int Component, IceTransport Transport, uint Priority, ushort Port, IceCandidateType Type);
}
