using System.Buffers.Binary;
using System.Numerics;

namespace KillaBeez.Swarm.Tests.CipherSessions;

/// <summary>
/// BLAKE2s-256 without a key (RFC 7693). Only the published vectors want it, so it is here and not in the product.
/// </summary>
internal static class Blake2s
{
    public const int HashBytes = 32;

    private const int BlockBytes = 64;

    private static readonly uint[] Iv =
        [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19];

    private static readonly byte[][] Sigma =
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
        [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
        [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
        [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
        [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
        [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
        [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
        [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
        [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
    ];

    public static void Hash(ReadOnlySpan<byte> input, Span<byte> output)
    {
        var h = (uint[])Iv.Clone();
        h[0] ^= 0x01010000 ^ HashBytes;
        var done = 0UL;
        Span<byte> block = stackalloc byte[BlockBytes];
        while (input.Length > BlockBytes)
        {
            done += BlockBytes;
            Compress(h, input[..BlockBytes], done, isLast: false);
            input = input[BlockBytes..];
        }

        block.Clear();
        input.CopyTo(block);
        Compress(h, block, done + (ulong)input.Length, isLast: true);
        for (var i = 0; i < h.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(output[(i * 4)..], h[i]);
        }
    }

    private static void Compress(uint[] h, ReadOnlySpan<byte> block, ulong counter, bool isLast)
    {
        Span<uint> m = stackalloc uint[16];
        Span<uint> v = stackalloc uint[16];
        for (var i = 0; i < 16; i++)
        {
            m[i] = BinaryPrimitives.ReadUInt32LittleEndian(block[(i * 4)..]);
            v[i] = i < 8 ? h[i] : Iv[i - 8];
        }

        v[12] ^= (uint)counter;
        v[13] ^= (uint)(counter >> 32);
        v[14] ^= isLast ? uint.MaxValue : 0;
        foreach (var s in Sigma)
        {
            for (var i = 0; i < 4; i++)
            {
                Mix(v, i, 4 + i, 8 + i, 12 + i, m[s[2 * i]], m[s[(2 * i) + 1]]);
            }

            for (var i = 0; i < 4; i++)
            {
                Mix(v, i, 4 + ((i + 1) % 4), 8 + ((i + 2) % 4), 12 + ((i + 3) % 4), m[s[8 + (2 * i)]], m[s[9 + (2 * i)]]);
            }
        }

        for (var i = 0; i < 8; i++)
        {
            h[i] ^= v[i] ^ v[i + 8];
        }
    }

    private static void Mix(Span<uint> v, int a, int b, int c, int d, uint x, uint y)
    {
        v[a] += v[b] + x;
        v[d] = BitOperations.RotateRight(v[d] ^ v[a], 16);
        v[c] += v[d];
        v[b] = BitOperations.RotateRight(v[b] ^ v[c], 12);
        v[a] += v[b] + y;
        v[d] = BitOperations.RotateRight(v[d] ^ v[a], 8);
        v[c] += v[d];
        v[b] = BitOperations.RotateRight(v[b] ^ v[c], 7);
    }
}
