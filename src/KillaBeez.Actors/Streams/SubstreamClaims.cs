using System.Runtime.CompilerServices;

namespace KillaBeez.Streams;

/// <summary>
/// Remembers which substreams belong to a running stream: a pipe has one reader and one writer, so the second is turned away
/// before it touches anything.
/// </summary>
internal static class SubstreamClaims
{
    private static readonly ConditionalWeakTable<Substream, object> _claimed = [];

    /// <exception cref="InvalidOperationException">The substream belongs to another stream.</exception>
    public static void Claim(Substream substream)
    {
        if (!_claimed.TryAdd(substream, substream.Type))
        {
            throw new InvalidOperationException(
                $"The flow of the substream '{substream.Type}' was materialised already. A substream is one stream of bytes: open another one, or share this one with BroadcastHub and MergeHub.");
        }
    }
}
