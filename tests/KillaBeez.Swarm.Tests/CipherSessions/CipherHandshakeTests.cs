using KillaBeez.Swarm.CipherSessions;

namespace KillaBeez.Swarm.Tests.CipherSessions;

public sealed class CipherHandshakeTests : IDisposable
{
    private readonly CipherPair _pair = new();

    public void Dispose() => _pair.Dispose();

    [Fact]
    public void Handshake_BothHonest_PayloadsArriveAndHashesAgree()
    {
        using var dialed = _pair.Dial();
        using var answered = _pair.Answer();
        var first = CipherPair.Write(dialed, 1, 2, 3);
        Assert.Equal(CipherLimits.Message1OverheadBytes + 3, first.Length);
        Assert.Equal([1, 2, 3], CipherPair.Read(answered, first, out _));
        var second = CipherPair.Write(answered, 4, 5);
        Assert.Equal(CipherLimits.Message2OverheadBytes + 2, second.Length);
        Assert.Equal([4, 5], CipherPair.Read(dialed, second, out _));
        Assert.True(dialed.IsComplete && answered.IsComplete);
        Assert.Equal(dialed.HandshakeHash.ToArray(), answered.HandshakeHash.ToArray());
    }

    [Fact]
    public void Responder_MessageOfAnotherKey_WrongPeer()
    {
        using var dialed = _pair.Dial(from: _pair.Eve);
        using var answered = _pair.Answer();
        Assert.Null(CipherPair.Read(answered, CipherPair.Write(dialed), out var error));
        Assert.Equal(CipherError.WrongPeer, error);
        Assert.Throws<InvalidOperationException>(() => CipherPair.Write(answered));
    }

    [Fact]
    public void Responder_MessageForAnotherKey_NotAuthentic()
    {
        using var dialed = _pair.Dial(to: _pair.Eve.Id);
        using var answered = _pair.Answer();
        Assert.Null(CipherPair.Read(answered, CipherPair.Write(dialed), out var error));
        Assert.Equal(CipherError.NotAuthentic, error);
    }

    [Fact]
    public void Initiator_AnsweredByAnotherKey_NotAuthentic()
    {
        using var dialed = _pair.Dial(to: _pair.Bob.Id);
        using var forEve = _pair.Dial(to: _pair.Eve.Id);
        using var eve = _pair.Answer(self: _pair.Eve);
        CipherPair.Write(dialed);
        Assert.NotNull(CipherPair.Read(eve, CipherPair.Write(forEve), out _));
        Assert.Null(CipherPair.Read(dialed, CipherPair.Write(eve), out var error));
        Assert.Equal(CipherError.NotAuthentic, error);
    }

    [Fact]
    public void Handshake_OneFingerprintSwapped_NotAuthentic()
    {
        var offerer = new byte[32];
        var answerer = Enumerable.Repeat((byte)1, 32).ToArray();
        var swapped = Enumerable.Repeat((byte)2, 32).ToArray();
        using var dialed = _pair.Dial(prologue: CipherPrologue.ForWebRtc(offerer, answerer));
        using var honest = _pair.Answer(prologue: CipherPrologue.ForWebRtc(offerer, answerer));
        using var attacked = _pair.Answer(prologue: CipherPrologue.ForWebRtc(swapped, answerer));
        var message = CipherPair.Write(dialed);
        Assert.NotNull(CipherPair.Read(honest, message, out _));
        Assert.Null(CipherPair.Read(attacked, message, out var error));
        Assert.Equal(CipherError.NotAuthentic, error);
    }

    [Fact]
    public void Responder_Message1AlteredAtAnyByte_Refused()
    {
        using var dialed = _pair.Dial();
        var message = CipherPair.Write(dialed, 1, 2, 3);
        for (var i = 0; i < message.Length; i++)
        {
            // The highest bit of a public key has no meaning in X25519, yet the transcript covers it.
            foreach (var bit in (ReadOnlySpan<byte>)[0x01, 0x80])
            {
                var altered = (byte[])message.Clone();
                altered[i] ^= bit;
                using var answered = _pair.Answer();
                Assert.Null(CipherPair.Read(answered, altered, out var error));
                Assert.True(error is CipherError.NotAuthentic or CipherError.InvalidPublicKey, $"byte {i}: {error}");
            }
        }
    }

    [Fact]
    public void Responder_Message1CutAtAnyByte_Refused()
    {
        using var dialed = _pair.Dial();
        var message = CipherPair.Write(dialed, 1, 2, 3);
        for (var length = 0; length < message.Length; length++)
        {
            using var answered = _pair.Answer();
            Assert.Null(CipherPair.Read(answered, message[..length], out var error));
            Assert.True(error is CipherError.NotAuthentic or CipherError.Truncated, $"{length} bytes: {error}");
        }
    }

    [Fact]
    public void Initiator_Message2AlteredOrCutAtAnyByte_Refused()
    {
        for (var i = 0; i < CipherLimits.Message2OverheadBytes + 2; i++)
        {
            foreach (var cut in (ReadOnlySpan<bool>)[false, true])
            {
                using var dialed = _pair.Dial();
                using var answered = _pair.Answer();
                Assert.NotNull(CipherPair.Read(answered, CipherPair.Write(dialed), out _));
                var message = CipherPair.Write(answered, 4, 5);
                message[i] ^= cut ? (byte)0 : (byte)1;
                Assert.Null(CipherPair.Read(dialed, cut ? message[..i] : message, out _));
                Assert.False(dialed.IsComplete);
                Assert.Throws<InvalidOperationException>(dialed.Split);
            }
        }
    }

    [Fact]
    public void Responder_EphemeralOfSmallOrder_InvalidPublicKey()
    {
        using var dialed = _pair.Dial();
        var message = CipherPair.Write(dialed);
        message.AsSpan(0, 32).Clear();
        using var answered = _pair.Answer();
        Assert.Null(CipherPair.Read(answered, message, out var error));
        Assert.Equal(CipherError.InvalidPublicKey, error);
    }

    [Fact]
    public void Responder_AfterARefusedMessage_RefusesTheRightOneToo()
    {
        using var dialed = _pair.Dial();
        var message = CipherPair.Write(dialed);
        using var answered = _pair.Answer();
        Assert.Null(CipherPair.Read(answered, message[..50], out _));
        Assert.Null(CipherPair.Read(answered, message, out var error));
        Assert.Equal(CipherError.OutOfTurn, error);
    }

    [Fact]
    public void Responder_Message1OfAnEarlierLink_OpensButProvesNothing()
    {
        using var dialed = _pair.Dial();
        var message = CipherPair.Write(dialed);
        using var first = _pair.Answer();
        using var second = _pair.Answer();
        Assert.NotNull(CipherPair.Read(first, message, out _));
        Assert.NotNull(CipherPair.Read(second, message, out _));
        Assert.NotNull(CipherPair.Read(dialed, CipherPair.Write(first), out _));
        CipherPair.Write(second);

        using var initiator = dialed.Split();
        using var real = first.Split();
        using var replayed = second.Split();
        var transport = CipherPair.Seal(initiator, [1]);
        Assert.NotNull(CipherPair.Open(real, transport));
        Assert.Null(CipherPair.Open(replayed, transport));
    }

    [Fact]
    public void Reader_PayloadLargerThanTheBuffer_TooLongWithoutThrowing()
    {
        using var dialed = _pair.Dial();
        using var answered = _pair.Answer();
        var message = CipherPair.Write(dialed, new byte[200]);
        Assert.False(answered.TryReadMessage(message, new byte[199], out _, out var error));
        Assert.Equal(CipherError.TooLong, error);
    }

    [Fact]
    public void Reader_MessageAboveTheNoiseLimit_TooLong()
    {
        using var answered = _pair.Answer();
        Assert.Null(CipherPair.Read(answered, new byte[CipherLimits.MaxMessageBytes + 1], out var error));
        Assert.Equal(CipherError.TooLong, error);
    }

    [Fact]
    public void Initiator_IdThatIsNoKey_InvalidKey()
    {
        var id = new PeerId(Enumerable.Repeat((byte)0xFF, 32).ToArray());
        var thrown = Assert.Throws<KillaBeezException>(() => _pair.Dial(to: id));
        Assert.Equal(KillaBeezError.InvalidKey, thrown.Error);
    }

    [Fact]
    public void Split_Twice_Throws()
    {
        var (initiator, responder) = _pair.Connect();
        initiator.Dispose();
        responder.Dispose();
        using var dialed = _pair.Dial();
        using var answered = _pair.Answer();
        CipherPair.Read(answered, CipherPair.Write(dialed), out _);
        CipherPair.Read(dialed, CipherPair.Write(answered), out _);
        dialed.Split().Dispose();
        Assert.Throws<InvalidOperationException>(dialed.Split);
    }

    [Fact]
    public void Prologues_OfDifferentKindsAndContents_AllDiffer()
    {
        var a = new byte[32];
        var b = Enumerable.Repeat((byte)1, 32).ToArray();
        byte[][] prologues =
        [
            CipherPrologue.ForWebRtc(a, b), CipherPrologue.ForWebRtc(b, a), CipherPrologue.ForRelay([.. a, .. b]),
            CipherPrologue.ForRelay(new byte[8]), CipherPrologue.ForSimulatedPath(0), CipherPrologue.ForSimulatedPath(1),
        ];
        Assert.Equal(prologues.Length, prologues.Select(Convert.ToHexString).Distinct().Count());
        Assert.Equal("6B696C6C616265657A2F3100030000000000000001", Convert.ToHexString(prologues[^1]));
    }
}
