using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.WebRtc.Tests.Turn;

public sealed class TurnClientSecurityTests
{
    private static readonly TransportAddress Peer = TurnRig.Parse("203.0.113.50:7000");
    private static readonly TransportAddress Stranger = TurnRig.Parse("203.0.113.66:7000");

    [Fact]
    public void Success_WithoutProof_IsIgnored()
    {
        var rig = new TurnRig(new ScriptedTurnServer { LeavesProofOut = true });
        rig.Start();
        rig.RunUntil(() => rig.Client.State == TurnClientState.Failed, seconds: 60);

        Assert.Null(rig.Client.Failure!.Code);
    }

    [Fact]
    public void Success_WithWrongProof_IsIgnored()
    {
        var rig = new TurnRig(new ScriptedTurnServer { WrongKey = new byte[16] });
        rig.Start();
        rig.RunUntil(() => rig.Client.State == TurnClientState.Failed, seconds: 60);

        Assert.Null(rig.Client.RelayedAddress);
    }

    [Fact]
    public void Error_WithoutProof_IsIgnoredAndNamedWhenNothingElseComes()
    {
        var rig = new TurnRig(new ScriptedTurnServer { LeavesProofOut = true, Refuse = _ => StunErrorCode.InsufficientCapacity });
        var start = rig.Now;
        rig.Start();
        rig.RunUntil(() => rig.Client.State == TurnClientState.Failed, seconds: 60);

        Assert.True(rig.Now - start > TimeSpan.FromSeconds(39));
        Assert.Equal(StunErrorCode.InsufficientCapacity, rig.Client.Failure!.Code);
        Assert.Contains("not proven", rig.Client.Failure.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ForgedError_DoesNotEndAnAllocation()
    {
        var rig = new TurnRig().Allocate();
        rig.Run(seconds: 539);
        rig.DelayMs = 1000;
        rig.RunUntil(() => rig.Sent[^1].Bytes[1] == 0x04, seconds: 10);
        var id = ReadId(rig.Sent[^1].Bytes);

        foreach (var code in new[] { 400, 403, 437, 441, 486, 500, 508 })
        {
            _ = rig.Inject(Forge(new StunMessageType(0x0114), id, new StunErrorCode(code)));
        }

        rig.Run(seconds: 20);
        Assert.Equal(TurnClientState.Allocated, rig.Client.State);
    }

    [Fact]
    public void Challenge_WithWrongProof_IsIgnored()
    {
        var rig = new TurnRig { DelayMs = 1000 };
        rig.Start();
        rig.RunUntil(() => rig.Server.Calls.Count == 1, seconds: 3);
        rig.RunUntil(() => TurnAuthentication.HasProof(Parse(rig.Sent[^1].Bytes)), seconds: 3);
        var forged = new StunWriter(new byte[256], StunMessageType.AllocateRequest.ToError(), ReadId(rig.Sent[^1].Bytes));
        ErrorCodeAttribute.Write(ref forged, StunErrorCode.Unauthenticated);
        MessageIntegrityAttribute.Write(ref forged, [1, 2, 3]);
        _ = rig.Inject(forged.Written.ToArray());

        rig.RunUntil(() => rig.Client.State == TurnClientState.Allocated, seconds: 5);
    }

    [Fact]
    public void Answer_OfAnotherTransactionOrMethod_IsIgnored()
    {
        var rig = new TurnRig { DelayMs = 1000 };
        rig.Start();
        var id = ReadId(rig.Sent[^1].Bytes);
        _ = rig.Inject(Forge(StunMessageType.AllocateRequest.ToError(), id with { Low = id.Low + 1 }, StunErrorCode.Forbidden));
        _ = rig.Inject(Forge(StunMessageType.RefreshRequest.ToError(), id, StunErrorCode.Forbidden));
        Assert.Equal(TurnClientState.Allocating, rig.Client.State);

        _ = rig.Inject(Forge(StunMessageType.AllocateRequest.ToError(), id, StunErrorCode.Forbidden));
        Assert.Equal(TurnClientState.Failed, rig.Client.State);
    }

    [Fact]
    public void Answer_WithAnUnknownRequiredAttribute_IsIgnored()
    {
        var rig = new TurnRig { DelayMs = 1000 };
        rig.Start();
        var writer = new StunWriter(new byte[256], StunMessageType.AllocateRequest.ToError(), ReadId(rig.Sent[^1].Bytes));
        ErrorCodeAttribute.Write(ref writer, StunErrorCode.Forbidden);
        writer.Write((StunAttributeType)0x7FFE, [1, 2, 3, 4]);
        _ = rig.Inject(writer.Written.ToArray());

        Assert.Equal(TurnClientState.Allocating, rig.Client.State);
    }

    [Fact]
    public void Success_Replayed_ChangesNothing()
    {
        byte[]? success = null;
        var rig = new TurnRig();
        rig.Drop = (toServer, bytes) =>
        {
            success = !toServer && bytes[0] == 0x01 && bytes[1] == 0x03 ? bytes : success;
            return false;
        };
        rig.Allocate();
        rig.Run(seconds: 100);
        var timeout = rig.Client.NextTimeout;
        Assert.False(rig.Inject(success!));

        Assert.Single(rig.Events);
        Assert.Equal(timeout, rig.Client.NextTimeout);
    }

    [Fact]
    public void Indication_OfAPeerWithoutPermission_IsDropped()
    {
        var rig = new TurnRig().Allocate();
        _ = rig.Send(Peer, "check");
        rig.Run(seconds: 1);

        Assert.False(rig.Inject(ScriptedTurnServer.WrapIndication(Stranger, [1])));
        Assert.True(rig.Inject(ScriptedTurnServer.WrapIndication(Peer, [1])));
        Assert.True(rig.Inject(ScriptedTurnServer.WrapIndication(TurnRig.Parse("203.0.113.50:9"), [1])));
    }

    [Fact]
    public void Indication_OfAPeerWhosePermissionHasLapsedOrWasRefused_IsDropped()
    {
        var rig = new TurnRig(new ScriptedTurnServer
        {
            Refuse = call => call.Peers.Contains(TurnAddresses.WithoutPort(Stranger)) ? StunErrorCode.Forbidden : null,
        }).Allocate();
        _ = rig.Send(Peer, "check");
        rig.Run(seconds: 1);
        _ = rig.Send(Stranger, "check");
        rig.Run(seconds: 1);
        Assert.False(rig.Inject(ScriptedTurnServer.WrapIndication(Stranger, [1])));

        rig.Run(seconds: 1200);
        Assert.False(rig.Inject(ScriptedTurnServer.WrapIndication(Peer, [1])));
    }

    [Fact]
    public void Indication_BeforeTheAnswerThatGrants_IsTaken()
    {
        var rig = new TurnRig { DelayMs = 500 }.Allocate();
        _ = rig.Send(Peer, "check");

        Assert.True(rig.Inject(ScriptedTurnServer.WrapIndication(Peer, [1])));
    }

    [Fact]
    public void Indications_OfManyAddresses_MakeNoState()
    {
        var rig = new TurnRig().Allocate();
        _ = rig.Send(Peer, "check");
        rig.Run(seconds: 1);
        for (var port = 1; port < 3000; port++)
        {
            _ = rig.Inject(ScriptedTurnServer.WrapIndication(TurnRig.Parse($"203.0.113.50:{port}"), [1]));
            _ = rig.Inject(ScriptedTurnServer.WrapIndication(TurnRig.Parse($"203.0.113.{port % 200}:7"), [1]));
        }

        Assert.Equal(1, rig.Client.PeerCount);
    }

    [Fact]
    public void ChannelData_OnAChannelThatIsNotOurs_IsDropped()
    {
        var rig = new TurnRig().Allocate();
        _ = rig.Send(Peer, "check");
        rig.Run(seconds: 1);
        for (var number = 0x4000; number <= 0x4FFF; number++)
        {
            Assert.False(rig.Inject(rig.Server.WrapChannelData(new ChannelNumber((ushort)number), [1, 2, 3])));
        }
    }

    [Fact]
    public void Data_WithoutAllocation_IsDropped()
    {
        var rig = new TurnRig();
        rig.Start();
        Assert.False(rig.Inject(ScriptedTurnServer.WrapIndication(Peer, [1])));
        Assert.False(rig.Inject(rig.Server.WrapChannelData(new ChannelNumber(0x4000), [1])));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void Server_ThatOffersAlgorithms_GetsItsFirstOneAndTheStrongProof(bool isSha256First, bool wantsUserhash)
    {
        var first = isSha256First ? StunPasswordAlgorithm.Sha256 : StunPasswordAlgorithm.Md5;
        var other = first == StunPasswordAlgorithm.Md5 ? StunPasswordAlgorithm.Sha256 : StunPasswordAlgorithm.Md5;
        var rig = new TurnRig(new ScriptedTurnServer
        {
            Nonce = Cookie(StunSecurityFeatures.PasswordAlgorithms | (wantsUserhash ? StunSecurityFeatures.UsernameAnonymity : 0)) + "tail",
            Algorithms = [first, other],
            ExpectedAlgorithm = first,
            WantsUserhash = wantsUserhash,
        }).Allocate();

        Assert.Equal(StunSecurityFeatures.PasswordAlgorithms, StunNonce.ReadFeatures(TurnRig.Bytes(rig.Server.Calls[^1].Nonce!)) & StunSecurityFeatures.PasswordAlgorithms);
        _ = rig.Send(Peer, "data");
        rig.Run(seconds: 1);
        Assert.Single(rig.Server.ToPeers);
    }

    [Fact]
    public void Challenge_WhoseAlgorithmsWereTakenOut_IsRefused()
    {
        // The nonce says that the server offers algorithms; an attacker who wants MD5 has removed the list.
        var rig = new TurnRig(new ScriptedTurnServer { Nonce = Cookie(StunSecurityFeatures.PasswordAlgorithms) + "tail" });
        rig.Start();
        rig.RunUntil(() => rig.Client.State == TurnClientState.Failed, seconds: 5);

        Assert.Single(rig.Server.Calls);
        Assert.Contains("challenge", rig.Client.Failure!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Challenge_WithAlgorithmsWeDoNotKnow_IsRefused()
    {
        var rig = new TurnRig(new ScriptedTurnServer
        {
            Nonce = Cookie(StunSecurityFeatures.PasswordAlgorithms), Algorithms = [(StunPasswordAlgorithm)77],
        });
        rig.Start();
        rig.RunUntil(() => rig.Client.State == TurnClientState.Failed, seconds: 5);

        Assert.Single(rig.Server.Calls);
    }

    [Fact]
    public void Answer_BidDownToTheWeakerProof_IsIgnored()
    {
        var server = new ScriptedTurnServer
        {
            Nonce = Cookie(StunSecurityFeatures.PasswordAlgorithms),
            Algorithms = [StunPasswordAlgorithm.Sha256],
            ExpectedAlgorithm = StunPasswordAlgorithm.Sha256,
        };
        var rig = new TurnRig(server);
        rig.Drop = (toServer, bytes) =>
        {
            if (!toServer && bytes[0] == 0x01 && bytes[1] == 0x03)
            {
                server.Algorithms = [];
            }

            return false;
        };
        rig.Start();
        rig.RunUntil(() => server.IsAllocated, seconds: 5);
        var writer = new StunWriter(new byte[256], StunMessageType.AllocateRequest.ToSuccess(), ReadId(rig.Sent[^1].Bytes));
        XorRelayedAddressAttribute.Write(ref writer, server.Relayed);
        MessageIntegrityAttribute.Write(ref writer, StunKeys.LongTermSha256(ScriptedTurnServer.User, server.Realm, ScriptedTurnServer.Password));
        _ = rig.Inject(writer.Written.ToArray());

        Assert.Equal(TurnClientState.Allocating, rig.Client.State);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(TurnClientLimits.MaxChallengeBytes + 1)]
    public void Challenge_WithNonceEmptyOrTooLong_IsRefused(int length)
    {
        var rig = new TurnRig(new ScriptedTurnServer { Nonce = new string('n', length) });
        rig.Start();
        rig.RunUntil(() => rig.Client.State == TurnClientState.Failed, seconds: 5);

        Assert.Contains("challenge", rig.Client.Failure!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Requests_WithTheLongestCredentials_FitTheTransmitBuffer()
    {
        var rig = new TurnRig(
            new ScriptedTurnServer
            {
                Nonce = Cookie(StunSecurityFeatures.PasswordAlgorithms) + new string('n', TurnClientLimits.MaxChallengeBytes - StunNonce.CookieBytes),
                Algorithms = [.. Enumerable.Repeat(StunPasswordAlgorithm.Sha256, StunLimits.MaxPasswordAlgorithmsBytes / 4)],
                Realm = new string('r', TurnClientLimits.MaxChallengeBytes),
            },
            TurnRig.Options() with { Username = new string('u', TurnClientLimits.MaxUsernameBytes), RequestIPv6 = true });
        var addresses = Enumerable.Range(1, TurnClientLimits.MaxPeersPerRequest).Select(i => TurnRig.Parse($"[2001:db8::{i}]:7000")).ToArray();

        // This server does not know such a user, so the test answers in its place.
        rig.Server.Relayed = TurnRig.Parse("[2001:db8::7]:50000");
        rig.Start();
        rig.RunUntil(() => TurnAuthentication.HasProof(Parse(rig.Sent[^1].Bytes)), seconds: 1);
        var key = StunKeys.LongTermSha256(new string('u', TurnClientLimits.MaxUsernameBytes), rig.Server.Realm, ScriptedTurnServer.Password);
        var writer = new StunWriter(new byte[256], StunMessageType.AllocateRequest.ToSuccess(), ReadId(rig.Sent[^1].Bytes));
        XorRelayedAddressAttribute.Write(ref writer, rig.Server.Relayed);
        MessageIntegritySha256Attribute.Write(ref writer, key);
        _ = rig.Inject(writer.Written.ToArray());
        Assert.Equal(TurnClientState.Allocated, rig.Client.State);

        foreach (var address in addresses)
        {
            _ = rig.Client.TryWrap(rig.Now, address, [1], new byte[100], out _);
        }

        var buffer = new byte[TurnClientLimits.MinTransmitBytes];
        Assert.True(rig.Client.TryPollTransmit(rig.Now, buffer, out var written));
        var request = Parse(buffer[..written]);
        Assert.Equal(StunMessageType.CreatePermissionRequest, request.Type);
        Assert.True(MessageIntegritySha256Attribute.IsValid(request, key));
    }

    [Fact]
    public void AnyBytes_AreTakenWithoutAnException()
    {
        var rig = new TurnRig().Allocate();
        _ = rig.Send(Peer, "check");
        rig.Run(seconds: 1);
        rig.Server.IsSilent = true;
        _ = rig.Send(Stranger, "check");
        var id = ReadId(rig.Sent[^1].Bytes);
        var seeds = new[]
        {
            ScriptedTurnServer.WrapIndication(Peer, new byte[20]),
            rig.Server.WrapChannelData(new ChannelNumber(0x4000), new byte[20]),
            Forge(StunMessageType.CreatePermissionRequest.ToError(), id, StunErrorCode.StaleNonce),
            Forge(StunMessageType.AllocateRequest.ToSuccess(), id, StunErrorCode.TryAlternate),
        };
        var random = new SeededRandomSource(11);
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = seeds[round % seeds.Length].ToArray();
            for (var flips = random.NextInt32(1, 5); flips > 0; flips--)
            {
                bytes[random.NextInt32(0, bytes.Length)] = (byte)random.NextUInt32();
            }

            _ = rig.Client.HandleMessage(rig.Now, bytes.AsSpan(0, random.NextInt32(0, bytes.Length + 1)), out _, out _);
        }

        Assert.Equal(TurnClientState.Allocated, rig.Client.State);
    }

    private static string Cookie(StunSecurityFeatures features)
    {
        var writer = new SpanWriter(stackalloc byte[StunNonce.CookieBytes]);
        StunNonce.WriteCookie(ref writer, features);
        return System.Text.Encoding.ASCII.GetString(writer.Written);
    }

    private static byte[] Forge(StunMessageType type, StunTransactionId id, StunErrorCode code)
    {
        var writer = new StunWriter(new byte[256], type, id);
        ErrorCodeAttribute.Write(ref writer, code);
        return writer.Written.ToArray();
    }

    private static StunTransactionId ReadId(byte[] bytes) => Parse(bytes).TransactionId;

    private static StunMessage Parse(byte[] bytes)
    {
        Assert.True(StunMessage.TryParse(bytes, out var message, out _));
        return message;
    }
}
