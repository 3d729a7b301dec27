using KillaBeez.Swarm.Links;
using KillaBeez.Swarm.Multiplexing;

namespace KillaBeez.Actors.Links;

/// <summary>
/// Buffers that are used within one handling of one message and hold nothing between two: one of each per thread
/// instead of one per peer and link, so that an idle connection costs none.
/// </summary>
internal static class Scratch
{
    [ThreadStatic]
    private static byte[]? _frame;

    [ThreadStatic]
    private static byte[]? _message;

    /// <summary>Room for one session frame.</summary>
    public static byte[] Frame => _frame ??= new byte[MuxLimits.SessionFrameBytes];

    /// <summary>Room for one message of a link.</summary>
    public static byte[] Message => _message ??= new byte[IMessageLink.MaxMessageBytes];
}
