using System.Text;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.WebRtc.Tests.Turn;

/// <summary>One request as the scripted server saw it.</summary>
internal sealed record TurnCall(Instant At, ushort Method, StunTransactionId Id, bool HasCredentials, string? Nonce, uint? Lifetime, TransportAddress[] Peers, ChannelNumber? Channel);

/// <summary>
/// A TURN server with one allocation, written from RFC 8656 for these tests and steered by them. It is strict: what a
/// client must not do makes it throw.
/// </summary>
internal sealed class ScriptedTurnServer
{
    public const string User = "bee";
    public const string Password = "honey and smoke";

    private readonly Dictionary<TransportAddress, Instant> _permissions = [];
    private readonly Dictionary<ushort, (TransportAddress Peer, Instant Until)> _channels = [];
    private readonly Dictionary<StunTransactionId, byte[]> _answers = [];

    public TransportAddress Relayed { get; set; } = TurnRig.Parse("198.51.100.7:50000");

    public TransportAddress Mapped { get; set; } = TurnRig.Parse("203.0.113.9:6000");

    public string Realm { get; set; } = "hive.example";

    public string Nonce { get; set; } = "first-nonce";

    /// <summary>Nonces that are still taken; only <see cref="Nonce"/> where it is null.</summary>
    public HashSet<string>? GoodNonces { get; set; }

    public bool WantsCredentials { get; set; } = true;

    public StunPasswordAlgorithm[] Algorithms { get; set; } = [];

    /// <summary>The algorithm that counts where <see cref="Algorithms"/> are offered.</summary>
    public StunPasswordAlgorithm ExpectedAlgorithm { get; set; }

    public bool WantsUserhash { get; set; }

    public uint LifetimeSeconds { get; set; } = 600;

    public bool IsOverStream { get; set; }

    /// <summary>An error instead of success, after authentication.</summary>
    public Func<TurnCall, StunErrorCode?>? Refuse { get; set; }

    /// <summary>An error before authentication, unproven.</summary>
    public Func<TurnCall, StunErrorCode?>? RefuseUnproven { get; set; }

    public TransportAddress? Alternate { get; set; }

    public string? AlternateDomain { get; set; }

    public bool LeavesProofOut { get; set; }

    public byte[]? WrongKey { get; set; }

    public bool IsSilent { get; set; }

    public bool IsAllocated { get; private set; }

    public Instant AllocatedUntil { get; private set; }

    public List<TurnCall> Calls { get; } = [];

    /// <summary>What went out of the relayed address.</summary>
    public List<(TransportAddress Peer, byte[] Payload, bool OnChannel)> ToPeers { get; } = [];

    public int Keepalives { get; private set; }

    /// <summary>Data that came without a permission, on an unknown channel, or without an allocation.</summary>
    public int Unpermitted { get; private set; }

    public IEnumerable<TurnCall> CallsOf(ushort method) => Calls.Where(call => call.Method == method);

    public bool HasPermission(Instant now, TransportAddress peer) =>
        _permissions.TryGetValue(TurnAddresses.WithoutPort(peer), out var until) && now < until;

    /// <summary>Takes a message of the client; the answer, or null.</summary>
    public byte[]? Handle(Instant now, ReadOnlySpan<byte> bytes)
    {
        if (IsSilent)
        {
            return null;
        }

        if (IsAllocated && now >= AllocatedUntil)
        {
            Forget();
        }

        if (StunDemux.Classify(bytes) == DatagramKind.TurnChannelData)
        {
            HandleChannelData(now, bytes);
            return null;
        }

        if (!StunMessage.TryParse(bytes, out var message, out var error))
        {
            throw new InvalidOperationException($"The client sent what is not a message: {error}.");
        }

        if (message.Type == StunMessageType.BindingIndication)
        {
            Keepalives++;
            return null;
        }

        if (message.Type == StunMessageType.SendIndication)
        {
            HandleSend(now, message);
            return null;
        }

        return message.Type.Class == StunClass.Request
            ? HandleRequest(now, message)
            : throw new InvalidOperationException($"The client sent a message of type 0x{message.Type.Value:X4}.");
    }

    /// <summary>The allocation is gone, as after a restart of the server.</summary>
    public void Forget()
    {
        IsAllocated = false;
        _permissions.Clear();
        _channels.Clear();
    }

    /// <summary>What the server sends to the client for a datagram of a peer; null where the peer has no permission.</summary>
    public byte[]? FromPeer(Instant now, TransportAddress peer, byte[] payload)
    {
        if (!IsAllocated || !HasPermission(now, peer))
        {
            return null;
        }

        foreach (var (number, (bound, until)) in _channels)
        {
            if (bound == peer && now < until)
            {
                return WrapChannelData(new ChannelNumber(number), payload);
            }
        }

        return WrapIndication(peer, payload);
    }

    public static byte[] WrapIndication(TransportAddress peer, byte[] payload)
    {
        var writer = new StunWriter(new byte[payload.Length + 100], StunMessageType.DataIndication, new StunTransactionId(1, 2));
        XorPeerAddressAttribute.Write(ref writer, peer);
        DataAttribute.Write(ref writer, payload);
        return writer.Written.ToArray();
    }

    public byte[] WrapChannelData(ChannelNumber number, byte[] payload)
    {
        var bytes = new byte[ChannelData.SizeOf(payload.Length, IsOverStream)];
        ChannelData.Write(bytes, number, payload, IsOverStream);
        return bytes;
    }

    private void HandleChannelData(Instant now, ReadOnlySpan<byte> bytes)
    {
        if (!ChannelData.TryParse(bytes, out var number, out var payload, out var error))
        {
            throw new InvalidOperationException($"The client sent broken channel data: {error}.");
        }

        if (IsOverStream && bytes.Length % 4 != 0)
        {
            throw new InvalidOperationException("Channel data over a stream is padded.");
        }

        if (IsAllocated && _channels.TryGetValue(number.Value, out var channel) && now < channel.Until && HasPermission(now, channel.Peer))
        {
            ToPeers.Add((channel.Peer, payload.ToArray(), true));
        }
        else
        {
            Unpermitted++;
        }
    }

    private void HandleSend(Instant now, in StunMessage message)
    {
        if (!XorPeerAddressAttribute.TryRead(message, out var peer) || !DataAttribute.TryRead(message, out var data))
        {
            throw new InvalidOperationException("A Send indication has a peer and data.");
        }

        if (IsAllocated && HasPermission(now, peer))
        {
            ToPeers.Add((peer, data.ToArray(), false));
        }
        else
        {
            Unpermitted++;
        }
    }

    private byte[] HandleRequest(Instant now, in StunMessage request)
    {
        var call = Read(now, request);
        if (_answers.TryGetValue(call.Id, out var before))
        {
            // A repetition gets the same answer; a client that changes a request changes its id.
            return before;
        }

        Calls.Add(call);
        var answer = Decide(now, call, request);
        _answers.Add(call.Id, answer);
        return answer;
    }

    private byte[] Decide(Instant now, TurnCall call, in StunMessage request)
    {
        if (RefuseUnproven?.Invoke(call) is { } unproven)
        {
            return Error(request, unproven, withChallenge: false, isProven: false);
        }

        if (WantsCredentials)
        {
            if (!call.HasCredentials || !IsProven(request))
            {
                return Error(request, StunErrorCode.Unauthenticated, withChallenge: true, isProven: false);
            }

            if (call.Nonce != Nonce && GoodNonces?.Contains(call.Nonce!) != true)
            {
                return Error(request, StunErrorCode.StaleNonce, withChallenge: true, isProven: false);
            }
        }

        if (Refuse?.Invoke(call) is { } code)
        {
            return Error(request, code, withChallenge: false, isProven: WantsCredentials);
        }

        if (call.Method != StunMethods.Allocate && !IsAllocated)
        {
            return Error(request, StunErrorCode.AllocationMismatch, withChallenge: false, isProven: WantsCredentials);
        }

        return Accept(now, call, request);
    }

    private byte[] Accept(Instant now, TurnCall call, in StunMessage request)
    {
        var writer = new StunWriter(new byte[2048], request.Type.ToSuccess(), request.TransactionId);
        switch (call.Method)
        {
            case StunMethods.Allocate:
                if (!RequestedTransportAttribute.TryRead(request, out var protocol) || protocol != RequestedTransportAttribute.Udp)
                {
                    throw new InvalidOperationException("An Allocate request asks for UDP.");
                }

                IsAllocated = true;
                AllocatedUntil = now.AddMs(LifetimeSeconds * 1000.0);
                XorRelayedAddressAttribute.Write(ref writer, Relayed);
                LifetimeAttribute.Write(ref writer, LifetimeSeconds);
                XorMappedAddressAttribute.Write(ref writer, Mapped);
                break;
            case StunMethods.Refresh:
                var lifetime = call.Lifetime ?? LifetimeSeconds;
                AllocatedUntil = now.AddMs(lifetime * 1000.0);
                LifetimeAttribute.Write(ref writer, lifetime);
                if (lifetime == 0)
                {
                    Forget();
                }

                break;
            case StunMethods.CreatePermission:
                foreach (var peer in call.Peers)
                {
                    _permissions[TurnAddresses.WithoutPort(peer)] = now.AddMs(300_000);
                }

                break;
            case StunMethods.ChannelBind:
                Bind(now, call);
                break;
        }

        return Seal(ref writer, WantsCredentials);
    }

    private void Bind(Instant now, TurnCall call)
    {
        var peer = Assert.Single(call.Peers);
        Assert.True(call.Channel!.Value.IsValid);
        foreach (var (number, (bound, until)) in _channels)
        {
            // RFC 8656, section 12: for five minutes after its end neither number nor peer may be bound otherwise.
            if ((number == call.Channel.Value.Value) != (bound == peer) && now < until.AddMs(300_000))
            {
                throw new InvalidOperationException($"Channel {call.Channel} or peer {peer} is bound otherwise.");
            }
        }

        _channels[call.Channel.Value.Value] = (peer, now.AddMs(600_000));
        _permissions[TurnAddresses.WithoutPort(peer)] = now.AddMs(300_000);
    }

    private static TurnCall Read(Instant now, in StunMessage request)
    {
        var peers = new TransportAddress[64];
        var count = XorPeerAddressAttribute.ReadAll(request, peers);
        return new TurnCall(
            now,
            request.Type.Method,
            request.TransactionId,
            TurnAuthentication.HasProof(request),
            TextAttribute.TryRead(request, StunAttributeType.Nonce, out var nonce) ? nonce : null,
            LifetimeAttribute.TryRead(request, out var lifetime) ? lifetime : null,
            peers[..count],
            ChannelNumberAttribute.TryRead(request, out var channel) ? channel : null);
    }

    private bool IsProven(in StunMessage request)
    {
        var hasUser = WantsUserhash
            ? request.TryGet(StunAttributeType.Userhash, out var hash) && hash.SequenceEqual(StunKeys.Userhash(User, Realm))
            : TextAttribute.TryRead(request, StunAttributeType.Username, out var user) && user == User;
        if (!hasUser || !TextAttribute.TryRead(request, StunAttributeType.Realm, out var realm) || realm != Realm)
        {
            return false;
        }

        if (Algorithms.Length == 0)
        {
            return MessageIntegrityAttribute.IsValid(request, Key);
        }

        return PasswordAlgorithmAttribute.TryRead(request, out var algorithm)
            && algorithm == ExpectedAlgorithm
            && request.TryGet(StunAttributeType.PasswordAlgorithms, out var list)
            && list.Length == Algorithms.Length * 4
            && MessageIntegritySha256Attribute.IsValid(request, Key);
    }

    private byte[] Key => ExpectedAlgorithm == StunPasswordAlgorithm.Sha256
        ? StunKeys.LongTermSha256(User, Realm, Password)
        : StunKeys.LongTermMd5(User, Realm, Password);

    private byte[] Error(in StunMessage request, StunErrorCode code, bool withChallenge, bool isProven)
    {
        var writer = new StunWriter(new byte[2048], request.Type.ToError(), request.TransactionId);
        ErrorCodeAttribute.Write(ref writer, code);
        if (withChallenge)
        {
            TextAttribute.Write(ref writer, StunAttributeType.Realm, Realm);
            writer.Write(StunAttributeType.Nonce, Encoding.UTF8.GetBytes(Nonce));
            if (Algorithms.Length > 0)
            {
                PasswordAlgorithmsAttribute.Write(ref writer, Algorithms);
            }
        }

        if (code == StunErrorCode.TryAlternate && Alternate is { } alternate)
        {
            MappedAddressAttribute.Write(ref writer, StunAttributeType.AlternateServer, alternate);
            if (AlternateDomain is not null)
            {
                TextAttribute.Write(ref writer, StunAttributeType.AlternateDomain, AlternateDomain);
            }
        }

        return Seal(ref writer, isProven);
    }

    private byte[] Seal(ref StunWriter writer, bool isProven)
    {
        if (isProven && !LeavesProofOut)
        {
            if (Algorithms.Length > 0)
            {
                MessageIntegritySha256Attribute.Write(ref writer, WrongKey ?? Key);
            }
            else
            {
                MessageIntegrityAttribute.Write(ref writer, WrongKey ?? Key);
            }
        }

        return writer.Written.ToArray();
    }
}
