using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using KillaBeez.Sodium;

namespace KillaBeez.Cli.Nodes;

/// <summary>
/// The application of the demo: a greeting is a substream of type <c>greeting</c> on which the opener sends a
/// body and closes its half; the other side answers with the BLAKE2b-256 of the body and closes its own.
/// </summary>
internal static class Greeting
{
    public const string SubstreamType = "greeting";

    /// <summary>What an answering side reads at most: the limit on what a peer can make it hash for one substream.</summary>
    public const int MaxBodyBytes = 64 * 1024 * 1024;

    private const int HashBytes = 32;
    private const int ChunkBytes = 64 * 1024;

    /// <summary>Sends a random body; null when the answer was its hash, else a sentence that says what came instead.</summary>
    public static async Task<string?> SendAsync(IDuplexPipe substream, int bodyBytes, CancellationToken cancellationToken)
    {
        using var hasher = new Blake2bHasher(HashBytes);
        for (var left = bodyBytes; left > 0;)
        {
            var memory = substream.Output.GetMemory(Math.Min(left, ChunkBytes));
            var size = Math.Min(Math.Min(memory.Length, ChunkBytes), left);
            RandomNumberGenerator.Fill(memory.Span[..size]);
            hasher.Append(memory.Span[..size]);
            substream.Output.Advance(size);
            left -= size;
            var flushed = await substream.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
            if (flushed.IsCompleted && left > 0)
            {
                return $"the peer stopped reading with {left} of {bodyBytes} bytes to go";
            }
        }

        await substream.Output.CompleteAsync().ConfigureAwait(false);
        var expected = new byte[HashBytes];
        hasher.Finish(expected);
        return await CheckAnswerAsync(substream.Input, expected, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads a body to its end and answers with its hash; gives the body's size.</summary>
    public static async Task<long> AnswerAsync(IDuplexPipe substream, CancellationToken cancellationToken)
    {
        using var hasher = new Blake2bHasher(HashBytes);
        var total = 0L;
        while (true)
        {
            var read = await substream.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
            foreach (var segment in read.Buffer)
            {
                hasher.Append(segment.Span);
            }

            total += read.Buffer.Length;
            substream.Input.AdvanceTo(read.Buffer.End);
            if (total > MaxBodyBytes)
            {
                throw new KillaBeezException(KillaBeezError.LimitExceeded, $"A greeting has at most {MaxBodyBytes} bytes.");
            }

            if (read.IsCompleted)
            {
                break;
            }
        }

        hasher.Finish(substream.Output.GetSpan(HashBytes)[..HashBytes]);
        substream.Output.Advance(HashBytes);
        await substream.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
        await substream.Output.CompleteAsync().ConfigureAwait(false);
        return total;
    }

    private static async Task<string?> CheckAnswerAsync(PipeReader input, byte[] expected, CancellationToken cancellationToken)
    {
        var read = await input.ReadAtLeastAsync(HashBytes + 1, cancellationToken).ConfigureAwait(false);
        var answer = read.Buffer.ToArray();
        input.AdvanceTo(read.Buffer.End);
        return answer.Length != HashBytes ? $"the answer has {(answer.Length > HashBytes ? "more than " : "")}{Math.Min(answer.Length, HashBytes)} bytes instead of {HashBytes}"
            : !answer.AsSpan().SequenceEqual(expected) ? "the answer is not the hash of what was sent"
            : null;
    }
}
