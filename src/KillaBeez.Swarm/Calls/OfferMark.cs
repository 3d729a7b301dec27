using System.Text;
using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Swarm.Calls;

/// <summary>
/// Says in an offer that the application wants the call, and not only the mesh: one more attribute at the end of the
/// session description. It is taken off again before a transport reads the description; a reader that does not know it
/// skips it, as it does every attribute that it does not know (RFC 8866, section 5.13).
/// </summary>
internal static class OfferMark
{
    private const string Line = "a=x-killabeez-call:application\r\n";

    public static bool IsOn(string body) => body.EndsWith(Line, StringComparison.Ordinal);

    /// <summary>Marks an offer, unless that would make it longer than a signal carries.</summary>
    public static string Put(string body) =>
        Encoding.UTF8.GetByteCount(body) + Line.Length <= SignalLimits.MaximumBodyBytes ? body + Line : body;

    public static string TakeOff(string body) => IsOn(body) ? body[..^Line.Length] : body;
}
