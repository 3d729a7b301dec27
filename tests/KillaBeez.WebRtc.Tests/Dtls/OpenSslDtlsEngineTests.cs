using System.Security.Cryptography;
using KillaBeez.WebRtc.Dtls;
using KillaBeez.WebRtc.Dtls.OpenSsl;
using KillaBeez.Tests;

namespace KillaBeez.WebRtc.Tests.Dtls;

public sealed class OpenSslDtlsEngineTests
{
    [Fact]
    public void Handshake_BothSides_EachKnowsTheOthersCertificate()
    {
        using var pair = new DtlsPair().Connected();

        Assert.Equal(pair.ServerCertificate.Der, pair.Client.PeerCertificate.ToArray());
        Assert.Equal(pair.ClientCertificate.Der, pair.Server.PeerCertificate.ToArray());
        Assert.Equal(SHA256.HashData(pair.Client.PeerCertificate), pair.ServerCertificate.Sha256);
        Assert.Contains("ECDHE-ECDSA", pair.Client.CipherSuite);
        Assert.Equal(Instant.Never, pair.Client.NextTimeout);
    }

    /// <summary>Extension use_srtp (14) with SRTP_AEAD_AES_128_GCM (7) and SRTP_AES128_CM_HMAC_SHA1_80 (1), no MKI.</summary>
    [Fact]
    public void Handshake_Hellos_AgreeOnAnSrtpProfile()
    {
        using var pair = new DtlsPair();
        pair.Start();
        var clientHello = DtlsPair.Drain(pair.Client);
        DtlsPair.Feed(pair.Server, clientHello);
        var serverFlight = DtlsPair.Drain(pair.Server);

        Assert.True(Assert.Single(clientHello).AsSpan().IndexOf((ReadOnlySpan<byte>)[0, 14, 0, 7, 0, 4, 0, 7, 0, 1, 0]) > 0);
        Assert.True(serverFlight[0].AsSpan().IndexOf((ReadOnlySpan<byte>)[0, 14, 0, 5, 0, 2, 0, 7, 0]) > 0);
    }

    [Fact]
    public void Handshake_Datagrams_StayBelowTheMtu()
    {
        using var pair = new DtlsPair();
        pair.Start();
        var flight = DtlsPair.Drain(pair.Client);
        for (var turn = 0; turn < 4; turn++)
        {
            Assert.All(flight, d => Assert.InRange(d.Length, 14, DtlsLimits.HandshakeMtuBytes));
            var next = turn % 2 == 0 ? pair.Server : pair.Client;
            DtlsPair.Feed(next, flight);
            flight = DtlsPair.Drain(next);
        }

        Assert.Equal(DtlsState.Connected, pair.Server.State);
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    public void Handshake_FragmentedClientHello_Completes(int pieces, bool reversed)
    {
        using var pair = new DtlsPair();
        pair.Start();
        var hello = Assert.Single(DtlsPair.Drain(pair.Client));
        var fragments = HelloFragmenter.Split(hello, pieces);
        Assert.Equal(pieces, fragments.Count);
        if (reversed)
        {
            fragments.Reverse();
        }

        DtlsPair.Feed(pair.Server, fragments);
        DtlsPair.Feed(pair.Client, DtlsPair.Drain(pair.Server));
        var second = DtlsPair.Drain(pair.Client);
        second.ForEach(datagram => HelloFragmenter.ShiftSequence(datagram, pieces - 1));
        DtlsPair.Feed(pair.Server, second);
        pair.Exchange();

        Assert.Equal((DtlsState.Connected, DtlsState.Connected), (pair.Client.State, pair.Server.State));
    }

    [Fact]
    public void Handshake_WithoutExtendedMasterSecret_Fails()
    {
        using var pair = new DtlsPair(clientOptions: NativeMethods.OpNoExtendedMasterSecret);
        pair.Start();
        pair.Exchange();

        Assert.Equal(DtlsState.Failed, pair.Server.State);
        Assert.Contains("extended master secret", pair.Server.FailureReason);
    }

    [Fact]
    public void Handshake_Garbage_IsIgnored()
    {
        using var pair = new DtlsPair();
        pair.Start();
        var random = new SeededRandomSource(7);
        var garbage = Enumerable.Range(1, 400).Select(size =>
        {
            var bytes = new byte[size];
            random.Fill(bytes);
            bytes[0] = (byte)(20 + (bytes[0] % 44));
            return bytes;
        });

        DtlsPair.Feed(pair.Server, garbage);
        pair.Exchange();

        Assert.Equal((DtlsState.Connected, DtlsState.Connected), (pair.Client.State, pair.Server.State));
    }

    [Fact]
    public void Start_KnownRoundTripTime_SetsTheFirstTimeout()
    {
        using var pair = new DtlsPair();
        var now = DtlsPair.Now;
        pair.Client.Start(now, DtlsRole.Client, TimeSpan.FromMilliseconds(400));

        Assert.InRange((pair.Client.NextTimeout - now).TotalMilliseconds, 700, 800);
    }

    [Fact]
    public void HandleTimeout_LostClientHello_IsSentAgain()
    {
        using var pair = new DtlsPair();
        pair.Start(TimeSpan.FromMilliseconds(1));
        var lost = DtlsPair.Drain(pair.Client);
        SpinWait.SpinUntil(
            () =>
            {
                pair.Client.HandleTimeout(Instant.Max(DtlsPair.Now, pair.Client.NextTimeout));
                return pair.Client.TryPollTransmit(new byte[2048], out _);
            },
            Patience.Bound);
        Assert.Single(lost);

        // The copy taken by the poll above was the second loss; the third one arrives.
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                pair.Client.HandleTimeout(Instant.Max(DtlsPair.Now, pair.Client.NextTimeout));
                pair.Exchange();
                return pair.Client.State == DtlsState.Connected;
            },
            Patience.Bound));
    }

    [Fact]
    public void HandleTimeout_SilentPeer_FailsAfterTheLimit()
    {
        using var pair = new DtlsPair();
        var start = DtlsPair.Now;
        pair.Client.Start(start, DtlsRole.Client, null);
        pair.Client.HandleTimeout(start.AddMs(DtlsLimits.HandshakeLimitMs));

        Assert.Equal(DtlsState.Failed, pair.Client.State);
        Assert.Contains("30 s", pair.Client.FailureReason);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1191)]
    [InlineData(9000)]
    [InlineData(16384)]
    public void ApplicationData_AnySize_ArrivesInOneDatagram(int size)
    {
        using var pair = new DtlsPair().Connected();
        var plaintext = RandomNumberGenerator.GetBytes(size);

        var datagram = DtlsPair.Seal(pair.Client, plaintext);

        Assert.InRange(datagram.Length, size + 29, size + DtlsLimits.RecordOverheadBytes);
        Assert.Equal(plaintext, Assert.Single(DtlsPair.Feed(pair.Server, [datagram])));
        Assert.Empty(DtlsPair.Drain(pair.Client));
    }

    [Fact]
    public void ApplicationData_SeveralRecordsInOneDatagram_AllArrive()
    {
        using var pair = new DtlsPair().Connected();
        byte[] joined = [.. DtlsPair.Seal(pair.Server, [1]), .. DtlsPair.Seal(pair.Server, [2, 2]), .. DtlsPair.Seal(pair.Server, [3])];

        Assert.Equal([[1], [2, 2], [3]], DtlsPair.Feed(pair.Client, [joined]));
    }

    [Fact]
    public void ApplicationData_ReplayedAltered_IsDroppedAndTheRestArrives()
    {
        using var pair = new DtlsPair().Connected();
        var first = DtlsPair.Seal(pair.Client, [1]);
        var altered = DtlsPair.Seal(pair.Client, [2]);
        altered[^1] ^= 1;
        var last = DtlsPair.Seal(pair.Client, [3]);

        Assert.Equal([[1], [3]], DtlsPair.Feed(pair.Server, [first, first, altered, last]));
        Assert.Equal(DtlsState.Connected, pair.Server.State);
    }

    [Fact]
    public void ApplicationData_BeforeTheLastHandshakeFlight_IsKept()
    {
        using var pair = new DtlsPair();
        pair.Start();
        DtlsPair.Feed(pair.Server, DtlsPair.Drain(pair.Client));
        DtlsPair.Feed(pair.Client, DtlsPair.Drain(pair.Server));
        var clientFlight = DtlsPair.Drain(pair.Client);
        DtlsPair.Feed(pair.Server, clientFlight);
        var finished = DtlsPair.Drain(pair.Server);
        var early = DtlsPair.Seal(pair.Server, [42]);

        var received = DtlsPair.Feed(pair.Client, [early, .. finished]);

        Assert.Equal([42], Assert.Single(received));
    }

    [Fact]
    public void Close_Notify_ClosesTheOtherSide()
    {
        using var pair = new DtlsPair().Connected();
        pair.Client.Close(DtlsPair.Now);
        var notify = DtlsPair.Drain(pair.Client);

        Assert.Single(notify);
        Assert.Empty(DtlsPair.Feed(pair.Server, notify));
        Assert.Equal((DtlsState.Closed, DtlsState.Closed), (pair.Client.State, pair.Server.State));
        Assert.False(pair.Client.TryWriteApplicationData([1], new byte[100], out _));
    }

    [Fact]
    public void TryWriteApplicationData_BeforeConnected_IsRefused()
    {
        using var pair = new DtlsPair();
        pair.Start();

        Assert.False(pair.Client.TryWriteApplicationData([1], new byte[100], out _));
    }

    [Fact]
    public void Dispose_Twice_IsHarmless()
    {
        var pair = new DtlsPair().Connected();
        pair.Dispose();
        pair.Dispose();

        Assert.Equal(DtlsState.Closed, pair.Client.State);
    }
}
