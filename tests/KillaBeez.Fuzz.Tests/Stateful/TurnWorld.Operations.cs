using System.Text;
using KillaBeez.Fuzz.Tests.Parsers;
using KillaBeez.Turn.Engine;
using KillaBeez.WebRtc;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.Fuzz.Tests.Stateful;

/// <summary>What can be done to a TURN client and its server.</summary>
internal enum TurnOperation : byte
{
    Start,
    Deliver,
    DeliverChanged,
    Drop,
    Duplicate,
    Wrap,
    PeerDatagram,
    OpenRelays,
    FailRelays,
    RawToServer,
    RawToClient,
    Request,
    Time,
    Deadline,
    Close,
    StreamOpened,
    StreamClosed,
    Run,
}

/// <content>The operations.</content>
internal sealed partial class TurnWorld
{
    private const int OperationMask = 31;
    private const int MaxPendingRelays = 64;

    private static readonly byte[] Key = StunKeys.LongTermMd5(User, Realm, Password);
    private static readonly byte[] Sha256Key = StunKeys.LongTermSha256(User, Realm, Password);

    public override void Step(byte operation, scoped ref Arguments arguments)
    {
        switch ((TurnOperation)(operation & OperationMask))
        {
            case TurnOperation.Start: Start(); break;
            case TurnOperation.Deliver: Deliver(1 + arguments.Byte()); break;
            case TurnOperation.DeliverChanged: DeliverChanged(ref arguments); break;
            case TurnOperation.Drop: Drop(arguments.Byte()); break;
            case TurnOperation.Duplicate: Duplicate(arguments.Byte()); break;
            case TurnOperation.Wrap: Wrap(ref arguments); break;
            case TurnOperation.PeerDatagram: PeerDatagram(ref arguments); break;
            case TurnOperation.OpenRelays: OpenRelays(); break;
            case TurnOperation.FailRelays: FailRelays(); break;
            case TurnOperation.RawToServer: RawToServer(ref arguments); break;
            case TurnOperation.RawToClient: FeedClient(Repaired(arguments.Byte(), arguments.Rest.ToArray())); break;
            case TurnOperation.Request: Request(ref arguments); break;
            case TurnOperation.Time: Pass(arguments.UInt16() * 100L); break;
            case TurnOperation.Deadline: PassTo(Instant.Min(_client.NextTimeout, _server.NextTimeout)); break;
            case TurnOperation.Close: _client.Close(Now); break;
            case TurnOperation.StreamOpened: _server.HandleStreamOpened(Now, TupleOf(arguments.Byte())); break;
            case TurnOperation.StreamClosed: _server.HandleStreamClosed(Now, TupleOf(arguments.Byte())); break;
            case TurnOperation.Run: Run(); break;
        }
    }

    private void Start()
    {
        if (_client.State == TurnClientState.New)
        {
            _client.Start(Now);
        }
    }

    private FiveTuple TupleOf(byte choice)
    {
        var client = Clients[choice % Clients.Length];
        return (choice & 0x80) != 0 ? new FiveTuple(client.AsTcp(), ServerAddress.AsTcp()) : choice == 0 ? _tuple : new FiveTuple(client, ServerAddress);
    }

    private void Deliver(int count)
    {
        for (; count > 0 && _toServer.Count + _toClient.Count > 0; count--)
        {
            if (_toServer.Count > 0)
            {
                FeedServer(_tuple, Take(_toServer, 0));
            }

            if (_toClient.Count > 0)
            {
                FeedClient(Take(_toClient, 0));
            }
        }
    }

    /// <summary>Until both sides have nothing more to say.</summary>
    private void Run()
    {
        for (var round = 0; round < 24; round++)
        {
            DrainClient();
            DrainServer();
            OpenRelays();
            DrainServer();
            if (_toServer.Count + _toClient.Count == 0)
            {
                return;
            }

            Deliver(MaxOnWire);
        }
    }

    private static byte[] Take(List<byte[]> wire, int index)
    {
        var message = wire[index];
        wire.RemoveAt(index);
        return message;
    }

    private void DeliverChanged(scoped ref Arguments arguments)
    {
        var choice = arguments.Byte();
        var wire = (choice & 1) != 0 ? _toClient : _toServer;
        if (wire.Count == 0)
        {
            return;
        }

        var message = (byte[])Take(wire, (choice >> 1) % wire.Count).Clone();
        var repair = arguments.Byte();
        while (!arguments.AtEnd && message.Length > 0)
        {
            message[arguments.UInt16() % message.Length] ^= arguments.Byte();
        }

        if ((choice & 1) != 0)
        {
            FeedClient(Repaired(repair, message));
        }
        else
        {
            FeedServer(_tuple, Repaired(repair, message));
        }
    }

    private static byte[] Repaired(byte choice, byte[] message) => (choice & 3) switch
    {
        0 => message,
        1 => StunRepair.Repair(message, Key),
        _ => StunRepair.Repair(message, Sha256Key),
    };

    private void Drop(byte choice)
    {
        var wire = (choice & 1) != 0 ? _toClient : _toServer;
        if (wire.Count > 0)
        {
            wire.RemoveAt((choice >> 1) % wire.Count);
        }
    }

    private void Duplicate(byte choice)
    {
        var wire = (choice & 1) != 0 ? _toClient : _toServer;
        if (wire.Count is > 0 and < MaxOnWire)
        {
            wire.Add(wire[(choice >> 1) % wire.Count]);
        }
    }

    private void Wrap(scoped ref Arguments arguments)
    {
        var peer = Peers[arguments.Byte() % Peers.Length];
        var payload = new byte[arguments.UInt16() % 1500];
        FedBytes += payload.Length + 64;
        if (_client.TryWrap(Now, peer, payload, _buffer, out var written))
        {
            Put(_toServer, _buffer.AsSpan(0, written));
        }
    }

    private void PeerDatagram(scoped ref Arguments arguments)
    {
        var peer = Peers[arguments.Byte() % Peers.Length];
        var relay = _relays.Count == 0 ? new RelayId(1) : _relays.Keys.ElementAt(arguments.Byte() % _relays.Count);
        var payload = new byte[arguments.UInt16() % 1500];
        FedBytes += payload.Length;
        if (_server.HandlePeerDatagram(Now, relay, peer, payload, _buffer, out var client, out var written) && client == _tuple)
        {
            Put(_toClient, _buffer.AsSpan(0, written));
        }
    }

    private void OpenRelays()
    {
        while (_opening.TryDequeue(out var relay))
        {
            var local = TransportAddress.From(ServerAddress.Address, _nextPort++);
            if (_server.HandleRelayOpened(Now, relay, local))
            {
                _relays[relay] = local;
            }
        }
    }

    private void FailRelays()
    {
        while (_opening.TryDequeue(out var relay))
        {
            _server.HandleRelayFailed(Now, relay);
        }
    }

    private void RawToServer(scoped ref Arguments arguments)
    {
        var tuple = TupleOf(arguments.Byte());
        var repair = arguments.Byte();
        _strangerIsAuthentic |= tuple != _tuple && (repair & 3) != 0;
        FeedServer(tuple, Repaired(repair, arguments.Rest.ToArray()));
    }

    /// <summary>A request of a stranger's own, with the right key or without any.</summary>
    private void Request(scoped ref Arguments arguments)
    {
        var tuple = TupleOf(arguments.Byte());
        var type = (arguments.Byte() % 6) switch
        {
            0 => StunMessageType.BindingRequest,
            1 => StunMessageType.AllocateRequest,
            2 => StunMessageType.From(StunMethods.Refresh, StunClass.Request),
            3 => StunMessageType.From(StunMethods.CreatePermission, StunClass.Request),
            4 => StunMessageType.From(StunMethods.ChannelBind, StunClass.Request),
            _ => StunMessageType.SendIndication,
        };
        var isSealed = arguments.Flag();
        var writer = new StunWriter(new byte[2048], type, new StunTransactionId(arguments.Byte(), 5));
        writer.Write(StunAttributeType.Username, Encoding.ASCII.GetBytes(User));
        TextAttribute.Write(ref writer, StunAttributeType.Realm, Realm);
        var rest = arguments.Rest;
        while (rest.Length >= 2)
        {
            var length = Math.Min(rest[1], rest.Length - 2);
            writer.Write((StunAttributeType)rest[0], rest.Slice(2, length));
            rest = rest[(2 + length)..];
            if (writer.Length > 1500)
            {
                break;
            }
        }

        if (isSealed)
        {
            _strangerIsAuthentic |= tuple != _tuple;
            MessageIntegrityAttribute.Write(ref writer, Key);
        }

        FeedServer(tuple, writer.Written.ToArray());
    }
}
