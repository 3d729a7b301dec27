using System.Buffers.Binary;
using System.Text;
using KillaBeez.Fuzz.Tests.Fuzzing;
using KillaBeez.Fuzz.Tests.Parsers;
using KillaBeez.WebRtc;
using KillaBeez.WebRtc.Dtls;
using KillaBeez.WebRtc.PeerConnections;
using KillaBeez.WebRtc.Sctp.Packet;

namespace KillaBeez.Fuzz.Tests.Stateful;

/// <summary>What can be done to a connection.</summary>
internal enum ConnectionOperation : byte
{
    Negotiate,
    Run,
    Deliver,
    DeliverChanged,
    Drop,
    Duplicate,
    Time,
    Deadline,
    OpenChannel,
    Send,
    CloseChannel,
    Candidate,
    RestartIce,
    Close,
    Inject,
    InjectChunk,
    Reading,
    OfferChanged,
    AnswerChanged,
    Rollback,
    ReplayRecord,
    FromStranger,
    PeerClose,
    Offer,
    Answer,
}

/// <content>The operations.</content>
internal sealed partial class PeerConnectionWorld
{
    private const int OperationMask = 31;
    private const byte ApplicationData = 23;
    private const int MaxDatagramBytes = DtlsLimits.RecordOverheadBytes + PeerConnectionLimits.MaxPlaintextBytes;

    public override void Step(byte operation, scoped ref Arguments arguments)
    {
        switch ((ConnectionOperation)(operation & OperationMask))
        {
            case ConnectionOperation.Negotiate: Negotiate(arguments.Flag()); break;
            case ConnectionOperation.Offer: Exchange(_engine, SdpType.Offer); break;
            case ConnectionOperation.Answer: Exchange(_engine, SdpType.Answer); break;
            case ConnectionOperation.OfferChanged: TakeChanged(SdpType.Offer, ref arguments); break;
            case ConnectionOperation.AnswerChanged: TakeChanged(SdpType.Answer, ref arguments); break;
            case ConnectionOperation.Rollback: Allowed(() => _engine.TrySetRemoteDescription(Now, new SessionDescription(SdpType.Rollback, string.Empty), out _)); break;
            case ConnectionOperation.Run: Run(arguments.UInt16()); break;
            case ConnectionOperation.Deliver: Deliver(arguments.Byte()); break;
            case ConnectionOperation.DeliverChanged: DeliverChanged(ref arguments); break;
            case ConnectionOperation.Drop: Drop(arguments.Byte()); break;
            case ConnectionOperation.Duplicate: Duplicate(arguments.Byte()); break;
            case ConnectionOperation.ReplayRecord: FeedEngine(There, _lastRecord); break;
            case ConnectionOperation.FromStranger: FromStranger(ref arguments); break;
            case ConnectionOperation.Inject: FeedEngine(There, arguments.Rest.ToArray()); break;
            case ConnectionOperation.InjectChunk: InjectChunk(arguments.Rest); break;
            case ConnectionOperation.Time: Pass(arguments.UInt16()); break;
            case ConnectionOperation.Deadline: PassTo(Instant.Min(_engine.NextTimeout, _peer.NextTimeout)); break;
            case ConnectionOperation.OpenChannel: OpenChannel(ref arguments); break;
            case ConnectionOperation.Send: Send(ref arguments); break;
            case ConnectionOperation.CloseChannel: CloseChannel(ref arguments); break;
            case ConnectionOperation.Candidate: _engine.TryAddIceCandidate(Now, Encoding.UTF8.GetString(arguments.Rest)); break;
            case ConnectionOperation.RestartIce: _engine.RestartIce(); break;
            case ConnectionOperation.Reading: SetReading(arguments.Flag()); break;
            case ConnectionOperation.Close: _engine.Close(Now); break;
            case ConnectionOperation.PeerClose: _peer.Close(Now); break;
        }
    }

    /// <summary>What an application does in the wrong state throws, by contract; what a peer says never does.</summary>
    private static void Allowed(Action action)
    {
        try
        {
            action();
        }
        catch (InvalidOperationException)
        {
            // The state forbids it.
        }
    }

    private void Negotiate(bool byPeer)
    {
        var (offerer, answerer) = byPeer ? (_peer, _engine) : (_engine, _peer);
        Allowed(() =>
        {
            var offer = offerer.CreateOffer(Now);
            offerer.SetLocalDescription(Now, offer);
            if (answerer.TrySetRemoteDescription(Now, offer, out _))
            {
                var answer = answerer.CreateAnswer(Now);
                answerer.SetLocalDescription(Now, answer);
                offerer.TrySetRemoteDescription(Now, answer, out _);
            }
        });
    }

    private void Exchange(PeerConnectionEngine engine, SdpType type) => Allowed(() =>
    {
        var description = type == SdpType.Offer ? engine.CreateOffer(Now) : engine.CreateAnswer(Now);
        engine.SetLocalDescription(Now, description);
    });

    /// <summary>The peer's description with a piece of it replaced.</summary>
    private void TakeChanged(SdpType type, scoped ref Arguments arguments)
    {
        var at = arguments.UInt16();
        var count = arguments.Byte();
        var text = Encoding.UTF8.GetString(arguments.Rest);
        FedBytes += 4096 + text.Length;
        Allowed(() =>
        {
            if (type == SdpType.Answer && _engine.LocalDescription is { Type: SdpType.Offer } offer && _peer.SignalingState == SignalingState.Stable)
            {
                _peer.TrySetRemoteDescription(Now, offer, out _);
            }

            var description = type == SdpType.Offer ? _peer.CreateOffer(Now) : _peer.CreateAnswer(Now);
            _peer.SetLocalDescription(Now, description);
            var sdp = description.Sdp;
            var start = at % (sdp.Length + 1);
            var changed = string.Concat(sdp.AsSpan(0, start), text, sdp.AsSpan(start + Math.Min(count, sdp.Length - start)));
            _engine.TrySetRemoteDescription(Now, description with { Sdp = changed }, out _);
        });
    }

    /// <summary>Both engines and the wire between them for some virtual milliseconds.</summary>
    private void Run(int milliseconds)
    {
        const int MaxRounds = 200;
        var end = Now.AddMs(milliseconds);
        var ignored = new Outcome();
        for (var round = 0; round < MaxRounds; round++)
        {
            Settle(ref ignored);
            if (_toEngine.Count == 0 && _toPeer.Count == 0)
            {
                var next = Instant.Min(_engine.NextTimeout, _peer.NextTimeout);
                if (next > end)
                {
                    break;
                }

                Now = Instant.Max(Now, next);
                continue;
            }

            Deliver(byte.MaxValue);
        }

        Now = Instant.Max(Now, end);
    }

    private void Deliver(int count)
    {
        for (; count > 0 && _toEngine.Count + _toPeer.Count > 0; count--)
        {
            if (_toEngine.Count > 0)
            {
                FeedEngine(There, Take(_toEngine, 0));
            }

            if (_toPeer.Count > 0)
            {
                _peer.HandleDatagram(Now, new NetworkPath(There, Here), Take(_toPeer, 0));
            }
        }
    }

    private void FeedEngine(TransportAddress from, byte[] datagram)
    {
        if (datagram.Length > MaxDatagramBytes)
        {
            // OpenSSL gives a larger record out in pieces; the stand-in cannot.
            return;
        }

        FedBytes += datagram.Length;
        if (from == There && datagram.Length > DtlsLimits.RecordOverheadBytes && datagram[0] == ApplicationData)
        {
            _lastRecord = datagram;
        }

        _engine.HandleDatagram(Now, new NetworkPath(Here, from), datagram);
    }

    private static byte[] Take(List<byte[]> wire, int index)
    {
        var datagram = wire[index];
        wire.RemoveAt(index);
        return datagram;
    }

    /// <summary>Takes one datagram of the peer's, changes a byte or its length, makes its checksums right and delivers it.</summary>
    private void DeliverChanged(scoped ref Arguments arguments)
    {
        if (_toEngine.Count == 0)
        {
            return;
        }

        var datagram = (byte[])Take(_toEngine, arguments.Byte() % _toEngine.Count).Clone();
        var isSealed = arguments.Flag();
        var cut = arguments.Byte();
        while (!arguments.AtEnd && datagram.Length > 0)
        {
            datagram[arguments.UInt16() % datagram.Length] ^= arguments.Byte();
        }

        datagram = datagram[..Math.Max(0, datagram.Length - cut)];
        FeedEngine(There, isSealed ? Seal(datagram) : datagram);
    }

    private byte[] Seal(byte[] datagram)
    {
        if (datagram.Length > 0 && datagram[0] <= 3)
        {
            return StunRepair.Repair(datagram, Encoding.ASCII.GetBytes(PasswordOf(_engine)));
        }

        if (datagram.Length >= DtlsLimits.RecordOverheadBytes + SctpPacketHeader.SizeBytes && datagram[0] == ApplicationData)
        {
            SctpPacketHeader.Seal(datagram.AsSpan(DtlsLimits.RecordOverheadBytes));
        }

        return datagram;
    }

    private static string PasswordOf(PeerConnectionEngine engine)
    {
        var sdp = engine.LocalDescription?.Sdp ?? string.Empty;
        var at = sdp.IndexOf("a=ice-pwd:", StringComparison.Ordinal);
        return at < 0 ? "none" : sdp[(at + 10)..sdp.IndexOf('\r', at)];
    }

    /// <summary>A chunk of the list's own behind the header of the peer's last packet.</summary>
    private void InjectChunk(ReadOnlySpan<byte> chunk)
    {
        const int HeadBytes = DtlsLimits.RecordOverheadBytes + SctpPacketHeader.SizeBytes;
        if (_lastRecord.Length < HeadBytes)
        {
            return;
        }

        var padded = Tlv.Padded(chunk.Length);
        var datagram = new byte[HeadBytes + padded];
        _lastRecord.AsSpan(0, HeadBytes).CopyTo(datagram);
        chunk.CopyTo(datagram.AsSpan(HeadBytes));
        FeedEngine(There, Seal(datagram));
    }

    private void Drop(byte choice)
    {
        var wire = (choice & 1) != 0 ? _toEngine : _toPeer;
        if (wire.Count > 0)
        {
            wire.RemoveAt((choice >> 1) % wire.Count);
        }
    }

    private void Duplicate(byte choice)
    {
        var wire = (choice & 1) != 0 ? _toEngine : _toPeer;
        if (wire.Count is > 0 and < MaxOnWire)
        {
            wire.Add(wire[(choice >> 1) % wire.Count]);
        }
    }

    /// <summary>Something that was seen on the path, or made up, from an address that nobody knows.</summary>
    private void FromStranger(scoped ref Arguments arguments)
    {
        var choice = arguments.Byte();
        var datagram = choice switch
        {
            0 => arguments.Rest.ToArray(),
            1 => _lastRecord,
            _ when _toEngine.Count > 0 => _toEngine[choice % _toEngine.Count],
            _ => [],
        };

        // A check that was seen and is sent again from elsewhere is authentic: its MAC does not cover the address.
        _strangerIsAuthentic |= datagram.Length > 0 && datagram[0] <= 3 && choice > 1;
        FeedEngine(Stranger, datagram);
    }

    private void OpenChannel(scoped ref Arguments arguments)
    {
        var byPeer = arguments.Flag();
        var kind = arguments.Byte();
        var init = new WebRtc.DataChannels.DataChannelInit
        {
            Label = "fuzz",
            Ordered = (kind & 1) == 0,
            MaxRetransmits = (kind & 6) == 2 ? kind >> 4 : null,
            MaxPacketLifeTimeMs = (kind & 6) == 4 ? kind : null,
            Negotiated = (kind & 8) != 0,
            Id = (kind & 8) != 0 ? (ushort)(kind >> 4) : null,
        };
        var engine = byPeer ? _peer : _engine;
        FedBytes += 256;
        try
        {
            Remember(byPeer ? _peerHandles : _handles, engine.Channels.OpenChannel(Now, init));
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // Too many channels, an id that is taken, or a transport that is over: the application's mistake.
        }
    }

    private void Send(scoped ref Arguments arguments)
    {
        var byPeer = arguments.Flag();
        var handles = byPeer ? _peerHandles : _handles;
        var choice = arguments.Byte();
        var bytes = new byte[arguments.UInt16() % (32 * 1024)];
        if (handles.Count > 0)
        {
            var engine = byPeer ? _peer : _engine;
            FedBytes += bytes.Length;
            try
            {
                engine.Channels.TrySend(Now, handles[choice % handles.Count], bytes, arguments.Flag());
            }
            catch (Exception e) when (e is InvalidOperationException or ArgumentException)
            {
                // A channel that is not open, or a message larger than the peer takes.
            }
        }
    }

    private void CloseChannel(scoped ref Arguments arguments)
    {
        var byPeer = arguments.Flag();
        var handles = byPeer ? _peerHandles : _handles;
        if (handles.Count > 0)
        {
            (byPeer ? _peer : _engine).Channels.CloseChannel(Now, handles[arguments.Byte() % handles.Count]);
        }
    }

    private void SetReading(bool isReading)
    {
        _isReading = isReading;
        while (isReading && _unreleased.TryDequeue(out var bytes))
        {
            _engine.Channels.ReleaseReceived(Now, bytes);
        }
    }

    /// <summary>The record that a chunk would travel in, for seeds.</summary>
    public static byte[] Chunk(ChunkType type, byte flags, params byte[] body)
    {
        var chunk = new byte[4 + body.Length];
        chunk[0] = (byte)type;
        chunk[1] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(chunk.AsSpan(2), (ushort)chunk.Length);
        body.CopyTo(chunk, 4);
        return chunk;
    }
}
