namespace KillaBeez.Fuzz.Tests.Fuzzing;

/// <summary>Makes a failing input small: leaves out ever smaller blocks, then makes bytes zero, as long as it fails the same way.</summary>
internal static class Shrinker
{
    private const int MaxExecutions = 4000;

    /// <param name="input">An input that fails.</param>
    /// <param name="fails">Whether an input fails in the same way.</param>
    public static byte[] Shrink(byte[] input, Func<byte[], bool> fails)
    {
        var left = MaxExecutions;
        var shrunk = input;
        var before = -1;
        while (shrunk.Length != before && left > 0)
        {
            before = shrunk.Length;
            for (var size = Math.Max(1, shrunk.Length / 2); size > 0; size /= 2)
            {
                shrunk = WithoutBlocks(shrunk, size, fails, ref left);
            }
        }

        return WithZeros(shrunk, fails, ref left);
    }

    private static byte[] WithoutBlocks(byte[] input, int size, Func<byte[], bool> fails, ref int left)
    {
        for (var at = 0; at < input.Length && left > 0;)
        {
            var end = Math.Min(input.Length, at + size);
            byte[] candidate = [.. input.AsSpan(0, at), .. input.AsSpan(end)];
            left--;
            if (fails(candidate))
            {
                input = candidate;
            }
            else
            {
                at = end;
            }
        }

        return input;
    }

    private static byte[] WithZeros(byte[] input, Func<byte[], bool> fails, ref int left)
    {
        for (var at = 0; at < input.Length && left > 0; at++)
        {
            if (input[at] != 0)
            {
                var candidate = (byte[])input.Clone();
                candidate[at] = 0;
                left--;
                input = fails(candidate) ? candidate : input;
            }
        }

        return input;
    }
}
