using System.Diagnostics;
using KillaBeez.Interop.Tests.Agents;
using KillaBeez.Tests;

namespace KillaBeez.Interop.Tests.Matrix;

/// <summary>Sends messages of every size and type over a channel and compares what comes back.</summary>
internal static class EchoMatrix
{
    /// <summary>The sizes around which stacks differ: nothing, one byte, one packet, one more, and large ones.</summary>
    private static readonly int[] Sizes = [0, 1, 1160, 1161, 16 * 1024, 64 * 1024];

    /// <summary>Text and binary.</summary>
    private const int Types = 2;

    /// <summary>How long to wait for the echo of a message that may be lost, at first; it doubles with every try.</summary>
    private static readonly TimeSpan FirstLossyPatience = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan LongestLossyPatience = TimeSpan.FromSeconds(12);

    /// <summary>Runs all sizes up to the largest that both sides take, text and binary.</summary>
    /// <param name="channel">The channel, at whose other end an agent sends back what comes.</param>
    /// <param name="kind">What the channel is.</param>
    /// <param name="isApplicable">Which sizes to try.</param>
    /// <param name="largest">The largest message to send, where that is less than the descriptions allow.</param>
    /// <param name="limit">No larger message than this.</param>
    public static async Task<MatrixResult> RunAsync(
        LocalChannel channel, ChannelKind kind, Func<int, bool>? isApplicable = null, int? largest = null, int limit = int.MaxValue)
    {
        var result = new MatrixResult();
        foreach (var size in SizesUpTo(channel.Raw.MaxMessageBytes, largest).Where(size => size <= limit))
        {
            if (isApplicable?.Invoke(size) == false)
            {
                result.NotApplicable += Types;
                continue;
            }

            foreach (var message in (LocalChannel.Message[])[Binary(size), Text(size)])
            {
                // One that hangs is enough to know; the rest would only take its time as well.
                var failure = result.Failures.Count > 0 ? "not tried" : await TryAsync(channel, kind, message);
                result.Add(failure is null ? null : $"channel '{channel.Label}', {message}: {failure}");
            }
        }

        return result;
    }

    /// <summary>How many cells a channel has.</summary>
    public static int Cells(int maxMessageBytes, int? largest) => Types * SizesUpTo(maxMessageBytes, largest).Count();

    /// <summary>The sizes that the descriptions allow, and the largest that the peer takes in truth.</summary>
    private static IEnumerable<int> SizesUpTo(int maxMessageBytes, int? largest) =>
        Sizes.Where(size => size <= maxMessageBytes).Append(largest ?? maxMessageBytes).Distinct();

    private static async Task<string?> TryAsync(LocalChannel channel, ChannelKind kind, LocalChannel.Message message)
    {
        try
        {
            return kind.MayLose ? await TryLossyAsync(channel, message) : await TryReliableAsync(channel, message);
        }
        catch (Exception e) when (e is TimeoutException or KillaBeezException or OperationCanceledException)
        {
            return e.Message;
        }
    }

    private static async Task<string?> TryReliableAsync(LocalChannel channel, LocalChannel.Message message)
    {
        await SendAsync(channel, message);
        var echo = await channel.NextAsync(Patience.Bound);
        return echo.IsSame(message) ? null : $"came back as {echo} with content of its own";
    }

    /// <summary>
    /// A large message is a burst that may overrun a peer's socket buffer, and one lost packet loses it. So it is sent
    /// again, and what comes late from an earlier message is passed over. On a busy machine an echo takes long and most
    /// bursts overrun: tries end with the patience that everything has, not with their number.
    /// </summary>
    private static async Task<string?> TryLossyAsync(LocalChannel channel, LocalChannel.Message message)
    {
        var start = Stopwatch.GetTimestamp();
        for (var patience = FirstLossyPatience; ; patience = patience < LongestLossyPatience ? patience * 2 : patience)
        {
            await SendAsync(channel, message);
            try
            {
                while (!(await channel.NextAsync(patience)).IsSame(message))
                {
                }

                return null;
            }
            catch (TimeoutException) when (Stopwatch.GetElapsedTime(start) < Patience.Bound)
            {
                // Lost, as is allowed.
            }
        }
    }

    private static async Task SendAsync(LocalChannel channel, LocalChannel.Message message)
    {
        using var bound = new CancellationTokenSource(Patience.Bound);
        await channel.SendAsync(message, bound.Token);
    }

    private static LocalChannel.Message Binary(int size)
    {
        var payload = new byte[size];
        new SeededRandomSource((ulong)size).Fill(payload);
        return new LocalChannel.Message(payload, IsText: false);
    }

    /// <summary>Text that is not all ASCII, and whose length is counted in bytes.</summary>
    private static LocalChannel.Message Text(int size)
    {
        var payload = new byte[size];
        for (var i = 0; i < size; i++)
        {
            payload[i] = (byte)('a' + (i % 26));
        }

        if (size >= 8)
        {
            "ä€😀"u8[..5].CopyTo(payload.AsSpan(size / 2));
        }

        return new LocalChannel.Message(payload, IsText: true);
    }
}
