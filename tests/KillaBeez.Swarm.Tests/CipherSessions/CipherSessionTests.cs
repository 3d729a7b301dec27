using KillaBeez.Swarm.CipherSessions;
using KillaBeez.Swarm.CipherSessions.Noise;

namespace KillaBeez.Swarm.Tests.CipherSessions;

public sealed class CipherSessionTests : IDisposable
{
    private readonly CipherPair _pair = new();
    private readonly CipherSession _alice;
    private readonly CipherSession _bob;

    public CipherSessionTests() => (_alice, _bob) = _pair.Connect();

    public void Dispose()
    {
        _alice.Dispose();
        _bob.Dispose();
        _pair.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1200)]
    [InlineData(CipherLimits.MaxPlaintextBytes)]
    public void Messages_OfAnySizeBothWays_Open(int size)
    {
        var plaintext = new byte[size];
        new SeededRandomSource(3).Fill(plaintext);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(plaintext, CipherPair.Open(_bob, CipherPair.Seal(_alice, plaintext)));
            Assert.Equal(plaintext, CipherPair.Open(_alice, CipherPair.Seal(_bob, plaintext)));
        }
    }

    [Fact]
    public void Seal_SameTextTwice_DifferentBytes()
    {
        Assert.NotEqual(CipherPair.Seal(_alice, [1, 2, 3]), CipherPair.Seal(_alice, [1, 2, 3]));
    }

    [Fact]
    public void Seal_AboveTheLimit_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _alice.Seal(new byte[CipherLimits.MaxPlaintextBytes + 1], new byte[CipherLimits.MaxMessageBytes + 1]));
    }

    [Fact]
    public void TryOpen_AlteredAtAnyByte_RefusedAndClosed()
    {
        for (var i = 0; i < 20; i++)
        {
            var (alice, bob) = _pair.Connect();
            using (alice)
            using (bob)
            {
                var message = CipherPair.Seal(alice, [1, 2, 3, 4]);
                message[i] ^= 1;
                Assert.Null(CipherPair.Open(bob, message));
                Assert.True(bob.IsClosed);
            }
        }
    }

    [Fact]
    public void TryOpen_CutAtAnyByte_RefusedAndClosed()
    {
        for (var length = 0; length < 20; length++)
        {
            var (alice, bob) = _pair.Connect();
            using (alice)
            using (bob)
            {
                Assert.Null(CipherPair.Open(bob, CipherPair.Seal(alice, [1, 2, 3, 4])[..length]));
                Assert.True(bob.IsClosed);
            }
        }
    }

    [Fact]
    public void TryOpen_Replayed_RefusedAndClosed()
    {
        var message = CipherPair.Seal(_alice, [1]);
        Assert.NotNull(CipherPair.Open(_bob, message));
        Assert.Null(CipherPair.Open(_bob, message));
        Assert.True(_bob.IsClosed);
        Assert.Null(CipherPair.Open(_bob, CipherPair.Seal(_alice, [2])));
        Assert.Throws<InvalidOperationException>(() => CipherPair.Seal(_bob, [1]));
    }

    [Fact]
    public void TryOpen_OutOfOrder_Refused()
    {
        CipherPair.Seal(_alice, [1]);
        Assert.Null(CipherPair.Open(_bob, CipherPair.Seal(_alice, [2])));
    }

    [Fact]
    public void TryOpen_OwnMessageReflected_Refused()
    {
        Assert.Null(CipherPair.Open(_alice, CipherPair.Seal(_alice, [1])));
    }

    [Fact]
    public void TryOpen_DestinationTooSmall_RefusedWithoutThrowing()
    {
        Assert.False(_bob.TryOpen(CipherPair.Seal(_alice, [1, 2, 3]), new byte[2], out _));
    }

    [Fact]
    public void Rekey_ByMessageCount_BothEndsAtTheSameMessage()
    {
        Span<byte> key = stackalloc byte[32];
        key.Fill(7);
        using var withoutRekey = new CipherState(key);
        using var sender = new CipherSession(new CipherState(key), new CipherState(key));
        using var receiver = new CipherSession(new CipherState(key), new CipherState(key));
        var sealedBytes = new byte[17];
        var plain = new byte[17];
        var reference = new byte[17];
        for (var i = 0; i < CipherLimits.RekeyMessages + 2; i++)
        {
            sender.Seal([9], sealedBytes);
            withoutRekey.Encrypt(default, [9], reference);
            Assert.Equal(i < CipherLimits.RekeyMessages, sealedBytes.AsSpan().SequenceEqual(reference));
            Assert.True(receiver.TryOpen(sealedBytes, plain, out var bytes) && bytes == 1 && plain[0] == 9);
        }
    }

    [Fact]
    public void Rekey_ByVolume_BothEndsAtTheSameMessage()
    {
        const int Size = CipherLimits.MaxPlaintextBytes;
        var messages = (int)((CipherLimits.RekeyBytes + Size - 1) / Size);
        Assert.True(messages < CipherLimits.RekeyMessages);
        Span<byte> key = stackalloc byte[32];
        key.Fill(7);
        var plain = new byte[Size];
        var sealedBytes = new byte[CipherLimits.MaxMessageBytes];
        using var sender = new CipherSession(new CipherState(key), new CipherState(key));
        using var receiver = new CipherSession(new CipherState(key), new CipherState(key));
        using var before = new CipherState(key);
        using var after = new CipherState(key);
        after.Rekey();
        for (var i = 0; i < messages; i++)
        {
            sender.Seal(plain, sealedBytes);
            Assert.True(receiver.TryOpen(sealedBytes, plain, out _));
        }

        // The counter goes on over a rekey; only the key is another.
        var nonce = (ulong)messages;
        using var expected = Advanced(after, nonce);
        sender.Seal([1, 2], sealedBytes);
        var reference = new byte[18];
        expected.Encrypt(default, [1, 2], reference);
        Assert.Equal(reference, sealedBytes[..18]);
        Assert.True(receiver.TryOpen(sealedBytes.AsSpan(0, 18), plain, out _));
    }

    [Fact]
    public void Nonces_UsedUp_SessionCloses()
    {
        Span<byte> key = stackalloc byte[32];
        key.Fill(7);
        using var sender = new CipherSession(new CipherState(key, CipherState.MaxNonce - 1), new CipherState(key));
        using var receiver = new CipherSession(new CipherState(key), new CipherState(key, CipherState.MaxNonce - 1));
        var last = CipherPair.Seal(sender, [1]);
        Assert.True(sender.IsClosed);
        Assert.Throws<InvalidOperationException>(() => CipherPair.Seal(sender, [1]));
        Assert.Equal([1], CipherPair.Open(receiver, last));
        Assert.True(receiver.IsClosed);
    }

    [Fact]
    public void SealAndOpen_ManyMessages_AllocateNothing()
    {
        var plain = new byte[1000];
        var sealedBytes = new byte[1016];
        for (var i = 0; i < 100; i++)
        {
            _alice.Seal(plain, sealedBytes);
            _bob.TryOpen(sealedBytes, plain, out _);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            _alice.Seal(plain, sealedBytes);
            _bob.TryOpen(sealedBytes, plain, out _);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    /// <summary>The state after a number of messages, reached by sealing nothing as often.</summary>
    private static CipherState Advanced(CipherState state, ulong count)
    {
        var scrap = new byte[16];
        while (state.Nonce < count)
        {
            state.Encrypt(default, default, scrap);
        }

        return state;
    }
}
