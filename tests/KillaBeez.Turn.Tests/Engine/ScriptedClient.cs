using KillaBeez.Turn.Engine;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.Turn.Tests.Engine;

/// <summary>Adds attributes to a request.</summary>
internal delegate void AddAttributes(ref StunWriter writer);

/// <summary>A client that says exactly what a test wants it to say.</summary>
internal sealed class ScriptedClient
{
    private readonly ServerHarness _server;
    private readonly string _password;
    private ulong _lastTransaction;

    public ScriptedClient(
        ServerHarness server, string address = "9.0.0.1:4000", string username = ServerHarness.User, string password = ServerHarness.Password, bool overTcp = false)
    {
        _server = server;
        _password = password;
        Username = username;
        var client = ServerHarness.Parse(address);
        Tuple = overTcp ? new FiveTuple(client.AsTcp(), ServerHarness.Tcp) : new FiveTuple(client, ServerHarness.Udp);
    }

    public FiveTuple Tuple { get; }

    public string Username { get; set; }

    public string Realm { get; set; } = "lab";

    /// <summary>The last nonce that the server gave; null before.</summary>
    public string? Nonce { get; set; }

    public byte[] Key => StunKeys.LongTermMd5(Username, Realm, _password);

    public StunTransactionId NextTransaction() => new((uint)Tuple.Client.Port, ++_lastTransaction);

    /// <summary>The bytes of a request, with credentials where there is a nonce.</summary>
    public byte[] Build(StunMessageType type, StunTransactionId id, AddAttributes? add = null, bool withFingerprint = false)
    {
        var buffer = new byte[TurnServerLimits.MaxMessageBytes];
        var writer = new StunWriter(buffer, type, id);
        add?.Invoke(ref writer);
        if (Nonce is not null)
        {
            TextAttribute.Write(ref writer, StunAttributeType.Username, Username);
            TextAttribute.Write(ref writer, StunAttributeType.Realm, Realm);
            TextAttribute.Write(ref writer, StunAttributeType.Nonce, Nonce);
            MessageIntegrityAttribute.Write(ref writer, Key);
        }

        if (withFingerprint)
        {
            FingerprintAttribute.Write(ref writer);
        }

        return writer.Written.ToArray();
    }

    /// <summary>Sends bytes; the answer to this client, or null.</summary>
    public Answer? Send(ReadOnlySpan<byte> bytes)
    {
        _server.Deliver(Tuple, bytes);
        return Receive();
    }

    /// <summary>The next message that the server has for this client as STUN, or null.</summary>
    public Answer? Receive()
    {
        var bytes = ReceiveBytes();
        if (bytes is null)
        {
            return null;
        }

        var answer = Answer.Parse(bytes);
        Nonce = answer.Nonce ?? Nonce;
        return answer;
    }

    public byte[]? ReceiveBytes()
    {
        if (!_server.ToClients.TryDequeue(out var item))
        {
            return null;
        }

        Assert.Equal(Tuple, item.To);
        return item.Bytes;
    }

    public Answer? Request(StunMessageType type, AddAttributes? add = null) => Send(Build(type, NextTransaction(), add));

    /// <summary>Gets a nonce, by an Allocate without credentials.</summary>
    public void Greet()
    {
        Nonce = null;
        var answer = Send(Build(StunMessageType.AllocateRequest, NextTransaction(), AddUdp));
        Assert.Equal(401, answer!.Error);
    }

    /// <summary>Gets an allocation with the usual two requests.</summary>
    public Answer Allocate(AddAttributes? add = null)
    {
        Greet();
        var answer = TryAllocate(add)!;
        Assert.True(answer.IsSuccess, $"error {answer.Error}");
        return answer;
    }

    /// <summary>One Allocate with the present nonce.</summary>
    public Answer? TryAllocate(AddAttributes? add = null) => Request(StunMessageType.AllocateRequest, (ref StunWriter writer) =>
    {
        AddUdp(ref writer);
        add?.Invoke(ref writer);
    });

    public Answer? Refresh(uint? seconds = null) => Request(StunMessageType.RefreshRequest, (ref StunWriter writer) =>
    {
        if (seconds is { } value)
        {
            LifetimeAttribute.Write(ref writer, value);
        }
    });

    public Answer? Permit(params string[] peers) => Request(StunMessageType.CreatePermissionRequest, (ref StunWriter writer) =>
    {
        foreach (var peer in peers)
        {
            XorPeerAddressAttribute.Write(ref writer, ServerHarness.Parse(peer));
        }
    });

    public Answer? Bind(ushort channel, string peer) => Request(StunMessageType.ChannelBindRequest, (ref StunWriter writer) =>
    {
        ChannelNumberAttribute.Write(ref writer, new ChannelNumber(channel));
        XorPeerAddressAttribute.Write(ref writer, ServerHarness.Parse(peer));
    });

    public void SendTo(string peer, params byte[] payload)
    {
        var buffer = new byte[payload.Length + 100];
        var writer = new StunWriter(buffer, StunMessageType.SendIndication, NextTransaction());
        XorPeerAddressAttribute.Write(ref writer, ServerHarness.Parse(peer));
        DataAttribute.Write(ref writer, payload);
        _server.Deliver(Tuple, writer.Written);
    }

    public void SendOn(ushort channel, params byte[] payload)
    {
        var message = new byte[ChannelData.SizeOf(payload.Length, Tuple.IsStream)];
        ChannelData.Write(message, new ChannelNumber(channel), payload, Tuple.IsStream);
        _server.Deliver(Tuple, message);
    }

    public static void AddUdp(ref StunWriter writer) => RequestedTransportAttribute.Write(ref writer, RequestedTransportAttribute.Udp);
}
