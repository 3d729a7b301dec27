using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Tests.Ice;

namespace KillaBeez.WebRtc.Tests.Stun;

public sealed class StunBindingClientTests
{
    private static readonly TransportAddress Server = IceNetwork.Parse("192.0.2.1:3478");
    private static readonly TransportAddress Mapped = IceNetwork.Parse("203.0.113.9:6000");

    private readonly StunBindingClient _client = new(Server, new SeededRandomSource(1));
    private readonly List<byte[]> _sent = [];
    private readonly List<Instant> _sentAt = [];
    private readonly List<StunBindingEvent> _events = [];
    private Instant _now = Instant.FromElapsed(TimeSpan.FromMinutes(5));

    /// <summary>The server's answer to each request; null: silence.</summary>
    private Func<StunMessageType, StunTransactionId, byte[]?> _answer = (_, id) => Success(id, Mapped);

    [Fact]
    public void Request_IsWrittenAsGoldenBytes()
    {
        _answer = (_, _) => null;
        Start();

        var request = Assert.Single(_sent);
        Assert.Equal("000100002112A442", Convert.ToHexString(request.AsSpan(0, 8)));
        Assert.Equal(StunHeader.Bytes, request.Length);
    }

    [Fact]
    public void Start_ServerAnswers_LearnsTheAddressOnce()
    {
        Start();
        Run(seconds: 10);

        Assert.Equal(Mapped, _client.MappedAddress);
        Assert.Equal([new StunBindingEvent(StunBindingEventKind.Mapped, Mapped)], _events);
        Assert.Single(_sent);
    }

    [Fact]
    public void Start_ServerSilent_IsAskedSixTimesAndFailsAfter23Seconds()
    {
        _answer = (_, _) => null;
        var start = _now;
        Start();
        Run(seconds: 23.4);
        Assert.Empty(_events);
        Run(seconds: 0.1);

        Assert.Equal([0, 500, 1500, 3500, 7500, 15500], _sentAt.Select(at => (at - start).TotalMilliseconds));
        Assert.Single(_sent.Select(Convert.ToHexString).Distinct());
        Assert.Equal(StunBindingEventKind.Failed, _events[0].Kind);
        Assert.Equal(Instant.Never, _client.NextTimeout);
    }

    [Fact]
    public void Mapping_IsKeptAliveEvery15SecondsWithNewTransactions()
    {
        Start();
        Run(seconds: 601);

        Assert.Equal(41, _sent.Count);
        Assert.Equal(41, _sent.Select(Convert.ToHexString).Distinct().Count());
        Assert.Single(_events);
    }

    [Fact]
    public void Keepalive_ShowsAnotherAddress_TellsIt()
    {
        var other = IceNetwork.Parse("203.0.113.9:6001");
        Start();
        _answer = (_, id) => Success(id, other);
        Run(seconds: 100);

        Assert.Equal([new(StunBindingEventKind.Mapped, Mapped), new StunBindingEvent(StunBindingEventKind.Changed, other)], _events);
        Assert.Equal(other, _client.MappedAddress);
    }

    [Fact]
    public void Server_SilentForAMinute_FailsOnceAndIsAskedOnAndMapsAgain()
    {
        Start();
        var start = _now;
        _answer = (_, _) => null;
        Run(seconds: 60);
        Assert.Single(_events);
        Run(seconds: 300);
        Assert.Equal([StunBindingEventKind.Mapped, StunBindingEventKind.Failed], _events.Select(e => e.Kind));

        // The last of them has only just been sent.
        Assert.Equal(1 + (23 * 3) + 1, _sent.Count);

        _answer = (_, id) => Success(id, Mapped);
        Run(seconds: 20);
        Assert.Equal(new StunBindingEvent(StunBindingEventKind.Mapped, Mapped), _events[^1]);
        Assert.True(_now - start < TimeSpan.FromSeconds(381));
    }

    [Fact]
    public void Keepalives_SomeLost_DoNotFail()
    {
        Start();
        var count = 0;
        _answer = (_, id) => ++count % 8 == 0 ? Success(id, Mapped) : null;
        Run(seconds: 1200);

        Assert.Single(_events);
    }

    [Theory]
    [InlineData(300)]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(500)]
    public void Start_Refused_FailsAtOnce(int code)
    {
        _answer = (_, id) =>
        {
            var writer = new StunWriter(new byte[128], StunMessageType.BindingError, id);
            ErrorCodeAttribute.Write(ref writer, new StunErrorCode(code));
            return writer.Written.ToArray();
        };
        Start();

        Assert.Equal(StunBindingEventKind.Failed, Assert.Single(_events).Kind);
        Assert.Equal(Instant.Never, _client.NextTimeout);
    }

    [Fact]
    public void Answer_OfAnOldServer_IsTakenFromThePlainAttribute()
    {
        _answer = (_, id) =>
        {
            var writer = new StunWriter(new byte[128], StunMessageType.BindingSuccess, id);
            MappedAddressAttribute.Write(ref writer, StunAttributeType.MappedAddress, Mapped);
            return writer.Written.ToArray();
        };
        Start();

        Assert.Equal(Mapped, _client.MappedAddress);
    }

    [Fact]
    public void Answers_ThatAreForged_AreIgnored()
    {
        _answer = (_, _) => null;
        Start();
        var id = ReadId(_sent[0]);
        var good = Success(id, Mapped);
        var wrongFingerprint = new StunWriter(new byte[128], StunMessageType.BindingSuccess, id);
        XorMappedAddressAttribute.Write(ref wrongFingerprint, Mapped);
        wrongFingerprint.Write(StunAttributeType.Fingerprint, [1, 2, 3, 4]);
        var unknownRequired = new StunWriter(new byte[128], StunMessageType.BindingSuccess, id);
        XorMappedAddressAttribute.Write(ref unknownRequired, Mapped);
        unknownRequired.Write((StunAttributeType)0x7FFE, [1, 2, 3, 4]);
        var request = new StunWriter(new byte[128], StunMessageType.BindingRequest, id);
        XorMappedAddressAttribute.Write(ref request, Mapped);

        Assert.False(_client.HandleMessage(_now, IceNetwork.Parse("192.0.2.1:3479"), good));
        Assert.False(_client.HandleMessage(_now, IceNetwork.Parse("192.0.2.2:3478"), good));
        Assert.False(_client.HandleMessage(_now, Server, Success(id with { Low = id.Low + 1 }, Mapped)));
        Assert.False(_client.HandleMessage(_now, Server, wrongFingerprint.Written));
        Assert.False(_client.HandleMessage(_now, Server, unknownRequired.Written));
        Assert.False(_client.HandleMessage(_now, Server, request.Written));
        Assert.Null(_client.MappedAddress);

        Assert.True(_client.HandleMessage(_now, Server, good));
        Assert.False(_client.HandleMessage(_now, Server, good));
        Assert.Equal(Mapped, _client.MappedAddress);
    }

    [Theory]
    [InlineData("[2001:db8::9]:6000")]
    [InlineData("203.0.113.9:0")]
    public void Answer_WithAnAddressThatCannotBe_IsIgnored(string mapped)
    {
        _answer = (_, id) => Success(id, IceNetwork.Parse(mapped));
        Start();

        Assert.Null(_client.MappedAddress);
        Assert.Empty(_events);
    }

    [Fact]
    public void Stop_SendsNothingMoreAndTakesNoAnswer()
    {
        _answer = (_, _) => null;
        Start();
        _client.Stop();

        Assert.Equal(Instant.Never, _client.NextTimeout);
        Assert.False(_client.HandleMessage(_now, Server, Success(ReadId(_sent[0]), Mapped)));
        Assert.False(_client.TryPollTransmit(_now, new byte[100], out _));
    }

    [Fact]
    public void Start_Again_AsksAnew()
    {
        Start();
        Start();

        Assert.Equal([StunBindingEventKind.Mapped, StunBindingEventKind.Mapped], _events.Select(e => e.Kind));
    }

    [Fact]
    public void AnyBytes_AreTakenWithoutAnException()
    {
        _answer = (_, _) => null;
        Start();
        var good = Success(ReadId(_sent[0]), Mapped);
        var random = new SeededRandomSource(9);
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = good.ToArray();
            bytes[random.NextInt32(StunHeader.Bytes, bytes.Length)] = (byte)random.NextUInt32();
            _ = _client.HandleMessage(_now, Server, bytes.AsSpan(0, random.NextInt32(0, bytes.Length + 1)));
        }
    }

    private static byte[] Success(StunTransactionId id, TransportAddress mapped)
    {
        var writer = new StunWriter(new byte[128], StunMessageType.BindingSuccess, id);
        TextAttribute.Write(ref writer, StunAttributeType.Software, "test");
        XorMappedAddressAttribute.Write(ref writer, mapped);
        FingerprintAttribute.Write(ref writer);
        return writer.Written.ToArray();
    }

    private static StunTransactionId ReadId(byte[] bytes)
    {
        Assert.True(StunMessage.TryParse(bytes, out var message, out _));
        return message.TransactionId;
    }

    private void Start()
    {
        _client.Start();
        Pump();
    }

    private void Run(double seconds)
    {
        var end = _now.AddMs(seconds * 1000);
        while (_client.NextTimeout <= end)
        {
            _now = _client.NextTimeout;
            _client.HandleTimeout(_now);
            Pump();
            Assert.True(_client.NextTimeout > _now, "the client stays at one moment");
        }

        _now = end;
    }

    private void Pump()
    {
        var buffer = new byte[StunLimits.MaxMessageBytes];
        while (_client.TryPollTransmit(_now, buffer, out var written))
        {
            _sent.Add(buffer[..written]);
            _sentAt.Add(_now);
            if (_answer(StunMessageType.BindingRequest, ReadId(_sent[^1])) is { } answer)
            {
                _ = _client.HandleMessage(_now, Server, answer);
            }
        }

        while (_client.TryPollEvent(out var e))
        {
            _events.Add(e);
        }
    }
}
