using System.Globalization;
using Akka.Configuration.Hocon;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.Actors.Settings;

/// <summary>
/// Reads HOCON values. Each method gives what is wrong with the value, as the end of a sentence that begins with the
/// setting's name, or null.
/// </summary>
internal static class HoconReader
{
    private static readonly (string Unit, TimeSpan Time)[] _units =
    [
        ("us", TimeSpan.FromMicroseconds(1)), ("micros", TimeSpan.FromMicroseconds(1)), ("microseconds", TimeSpan.FromMicroseconds(1)), ("microsecond", TimeSpan.FromMicroseconds(1)),
        ("ms", TimeSpan.FromMilliseconds(1)), ("millis", TimeSpan.FromMilliseconds(1)), ("milliseconds", TimeSpan.FromMilliseconds(1)), ("millisecond", TimeSpan.FromMilliseconds(1)),
        ("s", TimeSpan.FromSeconds(1)), ("second", TimeSpan.FromSeconds(1)), ("seconds", TimeSpan.FromSeconds(1)),
        ("m", TimeSpan.FromMinutes(1)), ("min", TimeSpan.FromMinutes(1)), ("minute", TimeSpan.FromMinutes(1)), ("minutes", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)), ("hour", TimeSpan.FromHours(1)), ("hours", TimeSpan.FromHours(1)),
        ("d", TimeSpan.FromDays(1)), ("day", TimeSpan.FromDays(1)), ("days", TimeSpan.FromDays(1)),
    ];

    /// <summary>A time with its unit; a bare number is milliseconds, as everywhere in HOCON.</summary>
    public static string? Duration(HoconValue value, out TimeSpan read)
    {
        read = default;
        if (Scalar(value) is not { } text)
        {
            return "is no time: write it with its unit, such as 30s or 5 min";
        }

        var unitAt = text.AsSpan().IndexOfAnyExceptInRange('0', '9') is var at && at >= 0 && text[at] == '.'
            ? at + 1 + IndexOrEnd(text.AsSpan(at + 1).IndexOfAnyExceptInRange('0', '9'), text.Length - at - 1)
            : IndexOrEnd(at, text.Length);
        var unit = text[unitAt..].Trim();
        if (!double.TryParse(text.AsSpan(0, unitAt), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return $"is '{text}', which is no time: write a number and its unit, such as 30s or 5 min";
        }

        var known = unit.Length == 0 ? ("ms", TimeSpan.FromMilliseconds(1)) : _units.FirstOrDefault(u => u.Unit == unit);
        if (known == default)
        {
            return $"is '{text}', whose unit '{unit}' is unknown: the units are us, ms, s, min, h and d";
        }

        if (number * known.Item2.Ticks > TimeSpan.MaxValue.Ticks / 2)
        {
            return $"is '{text}', which is more than can be counted";
        }

        read = known.Item2 * number;
        return null;
    }

    public static string? Number(HoconValue value, out int read)
    {
        read = 0;
        return int.TryParse(Scalar(value), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out read)
            ? null
            : $"is {Show(value)}, which is no whole number";
    }

    public static string? NumberOrOff(HoconValue value, out int? read)
    {
        read = null;
        if (Scalar(value) is "off" or "" or "null")
        {
            return null;
        }

        if (Number(value, out var number) is not null)
        {
            return $"is {Show(value)}, which is neither a whole number nor off";
        }

        read = number;
        return null;
    }

    public static string? Flag(HoconValue value, out bool read)
    {
        var text = Scalar(value);
        read = text is "on" or "true" or "yes";
        return read || text is "off" or "false" or "no" ? null : $"is {Show(value)}, which is neither on nor off";
    }

    /// <summary>A text; the empty one is none.</summary>
    public static string? Text(HoconValue value, out string? read)
    {
        var text = Scalar(value);
        read = string.IsNullOrEmpty(text) ? null : text;
        return text is null ? $"is {Show(value)}, which is no text" : null;
    }

    public static string? Addresses(HoconValue value, out List<Uri> read)
    {
        read = [];
        if (Texts(value) is not { } texts)
        {
            return $"is {Show(value)}, which is no list of addresses: write [\"wss://exchange.example\"]";
        }

        foreach (var text in texts)
        {
            if (!Uri.TryCreate(text, UriKind.Absolute, out var address))
            {
                return $"has '{text}', which is no address";
            }

            read.Add(address);
        }

        return null;
    }

    public static string? IceServers(HoconValue value, out List<IceServer> read)
    {
        read = [];
        if (!IsList(value))
        {
            return $"is {Show(value)}, which is no list: write [{{ urls = [\"turn:turn.example\"], username = \"...\", credential = \"...\" }}]";
        }

        foreach (var item in value.GetArray())
        {
            if (IceServer(item, out var server) is { } wrong)
            {
                return wrong;
            }

            read.Add(server!);
        }

        return null;
    }

    /// <summary>A value as errors show it.</summary>
    public static string Show(HoconValue value) => Scalar(value) is { } text ? $"'{text}'" : IsList(value) ? "a list" : "an object";

    /// <summary>A time as it would be written in HOCON.</summary>
    public static string Write(TimeSpan time) => time switch
    {
        { Ticks: 0 } => "0 s",
        _ when time.Ticks % TimeSpan.TicksPerHour == 0 => $"{time.Ticks / TimeSpan.TicksPerHour} h",
        _ when time.Ticks % TimeSpan.TicksPerMinute == 0 => $"{time.Ticks / TimeSpan.TicksPerMinute} min",
        _ when time.Ticks % TimeSpan.TicksPerSecond == 0 => $"{time.Ticks / TimeSpan.TicksPerSecond} s",
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds} ms"),
    };

    private static string? IceServer(HoconValue value, out IceServer? server)
    {
        server = null;
        if (Scalar(value) is { } url)
        {
            server = KillaBeez.WebRtc.PeerConnections.IceServer.Create(url);
            return null;
        }

        if (!value.IsObject())
        {
            return "has an entry that is neither an address nor { urls = [...] }";
        }

        var items = value.GetObject().Items;
        if (items.Keys.FirstOrDefault(key => key is not ("urls" or "username" or "credential")) is { } unknown)
        {
            return $"has an entry with '{unknown}', which is unknown: an entry has urls, username and credential";
        }

        if (!items.TryGetValue("urls", out var urls) || Texts(urls) is not { Count: > 0 } texts)
        {
            return "has an entry without urls";
        }

        server = new IceServer
        {
            Urls = texts,
            Username = items.TryGetValue("username", out var user) ? Scalar(user) : null,
            Credential = items.TryGetValue("credential", out var credential) ? Scalar(credential) : null,
        };
        return null;
    }

    /// <summary>A list of texts, or one text for a list of one.</summary>
    private static List<string>? Texts(HoconValue value)
    {
        if (!IsList(value))
        {
            return string.IsNullOrEmpty(Scalar(value)) ? null : [Scalar(value)!];
        }

        var texts = value.GetArray().Select(Scalar).ToList();
        return texts.Contains(null) ? null : [.. texts.Select(text => text!)];
    }

    /// <summary>The parser itself says that an empty list is none.</summary>
    private static bool IsList(HoconValue value) => value.Values.Any(element => element.IsArray());

    private static string? Scalar(HoconValue value) => value.IsString() ? value.GetString()?.Trim() : null;

    private static int IndexOrEnd(int index, int end) => index < 0 ? end : index;
}
