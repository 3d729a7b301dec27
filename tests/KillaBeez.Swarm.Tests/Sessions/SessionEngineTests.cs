using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Swarm.Tests.Sessions;

/// <summary>What an owner of an engine relies on, rule by rule.</summary>
public sealed class SessionEngineTests
{
    [Fact]
    public void OneLink_FramesBothWays_AllDeliveredAndAcknowledged()
    {
        var (world, link) = Connected();
        for (var i = 0; i < 50; i++)
        {
            Assert.True(world.Write(0, 1 + (i * 1000)));
            Assert.True(world.Write(1, 50));
            world.DeliverAll(link);
        }

        Quiesce(world);
        Assert.Equal(50, world.Nodes[0].Delivered);
        Assert.Equal(50, world.Nodes[1].Delivered);
        Assert.Equal(0, world.Nodes[0].Engine.BufferedBytes);
        Assert.Equal(0, world.Nodes[1].Engine.BufferedBytes);
        Assert.Equal(world.Nodes[0].Current, world.Nodes[1].Current!.Value.Mirrored);
    }

    [Fact]
    public void Link_KilledAtEveryMessageBoundary_NextLinkResumes()
    {
        for (var boundary = 0; boundary < 30; boundary++)
        {
            var world = new SessionWorld((ulong)boundary);
            var link = world.Dial(0)!;
            var left = boundary;
            for (var turn = 0; left > 0 && turn < 60; turn++)
            {
                if (world.Deliver(link, (turn + 1) % 2))
                {
                    left--;
                    world.Write(0, 100 + left);
                    world.Write(1, 10 + left);
                }
            }

            // One side reads all that is in flight to it, the other nothing.
            world.Kill(link);
            while (world.Deliver(link, boundary % 2))
            {
            }

            if (!link.IsClosedAt(0))
            {
                world.Notice(link, 0);
            }

            if (!link.IsClosedAt(1))
            {
                world.Notice(link, 1);
            }

            world.DeliverAll(world.Dial(boundary % 3 == 0 ? 0 : 1)!);
            Quiesce(world);
            for (var node = 0; node < 2; node++)
            {
                Assert.Equal(world.Nodes[node].Current, world.Nodes[1 - node].Current!.Value.Mirrored);
                Assert.Equal(0, world.Nodes[node].Engine.BufferedBytes);
            }
        }
    }

    [Fact]
    public void Responder_BeforeTheFirstTransportMessage_HoldsNoSession()
    {
        var world = new SessionWorld(1);
        var link = world.Dial(0)!;
        world.Deliver(link, 1);
        world.Deliver(link, 0);
        Assert.NotNull(world.Nodes[0].Current);
        Assert.Null(world.Nodes[1].Current);
        world.Deliver(link, 1);
        Assert.Equal(world.Nodes[0].Current, world.Nodes[1].Current!.Value.Mirrored);
    }

    [Fact]
    public void TwoDialsCross_OneSessionOnBothLinks()
    {
        var world = new SessionWorld(2);
        world.Dial(0);
        world.Dial(1);
        world.Settle();
        Assert.Equal(world.Nodes[0].Current, world.Nodes[1].Current!.Value.Mirrored);
        Assert.All(world.Nodes, n => Assert.Equal(2, n.Engine.Links.Count(l => l.IsOpen)));
        Assert.All(world.Nodes, n => Assert.Empty(n.Ended));
    }

    [Fact]
    public void Use_AnotherLink_FramesGoThereAndOnlyUnacknowledgedOnesRepeat()
    {
        var (world, first) = Connected();
        var second = world.Dial(0)!;
        world.DeliverAll(second);
        for (var i = 0; i < 10; i++)
        {
            world.Write(0);
        }

        world.DeliverAll(first);
        Quiesce(world);
        world.Write(0);
        world.Use(0, second);
        Assert.Equal(second.Id, world.Nodes[0].Engine.SendingLink);

        // Frame 10 went on the first link and is repeated on the second; 0 to 9 are not.
        Assert.Single(second.To(1));
        world.Settle();
        Assert.Equal(11, world.Nodes[1].Delivered);
    }

    [Fact]
    public void Use_LinkThatIsNotOpen_Ignored()
    {
        var (world, first) = Connected();
        var second = world.Dial(0)!;
        world.Use(0, second);
        Assert.Equal(first.Id, world.Nodes[0].Engine.SendingLink);
    }

    [Fact]
    public void Pull_AfterALostLink_BringsTheOtherSideOver()
    {
        var (world, first) = Connected();
        var second = world.Dial(0)!;
        world.DeliverAll(second);
        world.Write(0);
        world.Deliver(first, 1);
        world.Write(0);
        world.Kill(first);
        world.Notice(first, 1);

        // The sender has noticed nothing; the receiver's PULL moves it.
        Assert.Equal(first.Id, world.Nodes[0].Engine.SendingLink);
        world.DeliverAll(second);
        Assert.Equal(second.Id, world.Nodes[0].Engine.SendingLink);
        Assert.Equal(2, world.Nodes[1].Delivered);
    }

    [Fact]
    public void SendingLink_WithoutAckProgressForASecond_IsSuspectAndLeftButStaysOpen()
    {
        var (world, first) = Connected();
        var second = world.Dial(0)!;
        world.DeliverAll(second);
        first.Frozen[1] = true;
        world.Write(0);
        world.Advance(TimeSpan.FromSeconds(0.99));
        Assert.Equal(first.Id, world.Nodes[0].Engine.SendingLink);
        world.Advance(TimeSpan.FromSeconds(0.02));
        Assert.Equal(second.Id, world.Nodes[0].Engine.SendingLink);
        Assert.False(first.IsClosedAt(0));
        world.Settle();
        Assert.Equal(1, world.Nodes[1].Delivered);
    }

    [Fact]
    public void SilentLink_IsPingedAfterFiveSecondsAndDeadAfterFifteen()
    {
        var (world, link) = Connected();
        link.Frozen[0] = link.Frozen[1] = true;
        world.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Empty(link.To(1));
        world.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(SessionItemKind.Ping, (SessionItemKind)link.To(1).Single().Bytes[0]);
        world.Advance(TimeSpan.FromSeconds(9.8));
        Assert.False(link.IsClosedAt(0));
        world.Advance(TimeSpan.FromSeconds(0.2));
        Assert.True(link.IsOver);
        Assert.All(world.Nodes, n => Assert.False(n.Engine.IsConnected));
    }

    [Fact]
    public void IdleLink_ThatAnswers_StaysOpenAndSaysNothingButPings()
    {
        var (world, link) = Connected();
        for (var i = 0; i < 600; i++)
        {
            world.Advance(TimeSpan.FromSeconds(0.1));
            world.Settle();
        }

        Assert.False(link.IsClosedAt(0));
        Assert.All(world.Nodes, n => Assert.True(n.Engine.IsConnected));
        Assert.InRange(world.MessagesDelivered, 20, 60);
    }

    [Fact]
    public void RoundTripTime_AfterAPing_IsMeasured()
    {
        var world = new SessionWorld(1);
        var link = world.Dial(0)!;
        world.Deliver(link, 1);
        world.Deliver(link, 0);
        Assert.Null(world.Nodes[0].Engine.RoundTripTime(link.Id));
        world.Advance(TimeSpan.FromMilliseconds(7));
        world.Deliver(link, 1);
        world.Advance(TimeSpan.FromMilliseconds(3));
        world.Deliver(link, 0);
        Assert.Equal(TimeSpan.FromMilliseconds(10), world.Nodes[0].Engine.RoundTripTime(link.Id));
        world.Nodes[0].Engine.Probe(link.Id);
        world.Pump(0);
        world.DeliverAll(link);
        Assert.Equal(TimeSpan.FromMilliseconds(7.5), world.Nodes[0].Engine.RoundTripTime(link.Id));
    }

    [Fact]
    public void NoLink_ForTheResumeWindow_Expired()
    {
        var (world, link) = Connected();
        var session = world.Nodes[0].Current!.Value;
        world.Write(0);
        world.KillAndNotice(link);
        Assert.Equal([SessionEventKind.Stalled, SessionEventKind.NeedLink], world.Nodes[0].Events.TakeLast(2).Select(e => e.Kind));
        world.Advance(TimeSpan.FromSeconds(59.9));
        Assert.Equal(session, world.Nodes[0].Current);
        world.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(SessionEndCode.Expired, world.Nodes[0].Ended[session].Code);
        Assert.Equal(SessionEndCode.Expired, world.Nodes[1].Ended[session.Mirrored].Code);
        Assert.Equal(Instant.Never, world.Nodes[0].Engine.NextTimeout);
    }

    [Fact]
    public void Waiting_AsksForALinkAtOnceAndAgain()
    {
        var (world, link) = Connected();
        world.KillAndNotice(link);
        Assert.True(world.Nodes[0].WantsLink);
        world.Nodes[0].WantsLink = false;
        world.Advance(TimeSpan.FromSeconds(10.1));
        Assert.True(world.Nodes[0].WantsLink);
    }

    [Fact]
    public void FailedAttempts_WhileWaiting_AreRedialedAtOnceThenBackOff()
    {
        var (world, link) = Connected();
        world.Advance(TimeSpan.FromSeconds(1));
        world.KillAndNotice(link);
        var engine = world.Nodes[0].Engine;
        var dials = 0;
        var atOnce = 0;
        var start = world.Now;
        while (world.Now - start < TimeSpan.FromSeconds(50))
        {
            if (world.Nodes[0].WantsLink)
            {
                dials++;
                atOnce += world.Now == start ? 1 : 0;
                world.Notice(Killed(world, world.Dial(0)!), 0);
            }
            else
            {
                world.Advance(TimeSpan.FromMilliseconds(10));
            }
        }

        Assert.Equal(SessionLimits.ImmediateRedials, atOnce);
        Assert.InRange(dials, 8, 16);
        Assert.NotNull(engine.Current);
    }

    [Fact]
    public void Restart_OfThePeer_SessionIsLostAndANewOneBegins()
    {
        var (world, link) = Connected();
        var session = world.Nodes[0].Current!.Value;
        world.Write(0);
        world.Restart(1);
        world.Notice(link, 0);
        world.DeliverAll(world.Dial(1)!);
        Assert.Equal(SessionEndCode.PeerForgot, world.Nodes[0].Ended[session].Code);
        Assert.Equal(world.Nodes[0].Current, world.Nodes[1].Current!.Value.Mirrored);
        Assert.Equal(0, world.Nodes[1].Delivered);
    }

    [Fact]
    public void TryWrite_FullBuffer_RefusesAndSaysWritableWhenThereIsRoom()
    {
        var (world, link) = Connected(new SessionOptions { ReplayBytes = SessionLimits.MinReplayBytes });
        Assert.True(world.Write(0, 60_000));
        Assert.False(world.Write(0, 60_000));
        Assert.True(world.Write(0, 1000));
        Assert.False(world.Write(0, 60_000));
        world.DeliverAll(link);
        Quiesce(world);
        Assert.Single(world.Nodes[0].Events, e => e.Kind == SessionEventKind.Writable);
        Assert.True(world.Write(0, 60_000));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(SessionLimits.MaxFrameBytes + 1)]
    public void TryWrite_LengthOutOfRange_Throws(int length)
    {
        var (world, _) = Connected();
        Assert.Throws<ArgumentException>(() => world.Nodes[0].Engine.TryWrite(world.Now, new byte[length]));
    }

    [Fact]
    public void LinkQueue_OfALinkThatTakesNothing_BoundsWhatIsHandedOver()
    {
        var (world, link) = Connected(new SessionOptions { LinkQueueBytes = 10_000 });
        link.Frozen[1] = true;
        for (var i = 0; i < 100; i++)
        {
            world.Write(0, 1000);
        }

        Assert.InRange(link.To(1).Sum(m => m.Bytes.Length), 9000, 10_100);
        link.Frozen[1] = false;
        world.Settle();
        Assert.Equal(100, world.Nodes[1].Delivered);
    }

    [Fact]
    public void Leave_OneOfTwoLinks_SessionGoesOnOnTheOther()
    {
        var (world, first) = Connected();
        var second = world.Dial(0)!;
        world.DeliverAll(second);
        world.Write(0);
        world.Nodes[0].Engine.Leave(world.Now, first.Id, LinkByeReason.Replaced);
        world.Pump(0);
        world.Settle();
        Assert.Equal(1, world.Nodes[1].Delivered);
        Assert.Equal(LinkByeReason.Replaced, world.Nodes[1].Events.Single(e => e.Kind == SessionEventKind.CloseLink).ByeReason);
        Assert.All(world.Nodes, n => Assert.Equal(second.Id, n.Engine.SendingLink));
    }

    [Fact]
    public void Ack_OneWayStream_OnePerAckBytesOrDelay()
    {
        var (world, link) = Connected();
        Quiesce(world);
        var before = world.MessagesDelivered;
        const int Frames = 400;
        const int Size = 16_384;
        for (var i = 0; i < Frames; i++)
        {
            Assert.True(world.Write(0, Size));
            world.DeliverAll(link);
        }

        // 256 KiB are 15 frames and their overhead; nothing but ACKs comes back.
        var acks = world.MessagesDelivered - before - Frames;
        Assert.InRange(acks, Frames * Size / (256 * 1024) - 1, (Frames * Size / (256 * 1024)) + 4);
        // One byte each, and one START for the link.
        Assert.Equal((Frames * (Size + 1)) + 2, world.BytesDelivered - world.ControlBytesDelivered);
    }

    [Fact]
    public void Frames_InASteadyStream_AllocateNothing()
    {
        using var first = new SessionEngine(new SessionOptions(), new SeededRandomSource(1));
        using var second = new SessionEngine(new SessionOptions(), new SeededRandomSource(2));
        var now = new Instant(1000);
        var link = new LinkId(1);
        var hello = first.LinkStarting(now, link, LinkRole.Initiator);
        var answer = second.LinkStarting(now, link, LinkRole.Responder);
        second.LinkOpened(now, link, hello);
        first.LinkOpened(now, link, answer);
        var message = new byte[SessionLimits.MaxMessageBytes];
        var frame = new byte[2000];
        var delivered = 0;

        void Carry(SessionEngine from, SessionEngine to)
        {
            while (from.TryPollTransmit(now, message, out var written, out _))
            {
                to.MessageReceived(now, link, message.AsSpan(0, written));
                from.LinkTook(now, link, written);
            }

            while (to.TryPollEvent(out var e))
            {
                delivered += e.Kind == SessionEventKind.Frame ? 1 : 0;
                e.Frame.Dispose();
            }
        }

        void Stream(int frames)
        {
            for (var i = 0; i < frames; i++)
            {
                first.TryWrite(now, frame);
                Carry(first, second);
                Carry(second, first);
                now += TimeSpan.FromMilliseconds(1);
            }
        }

        Stream(2000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Stream(2000);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(4000, delivered);
    }

    [Fact]
    public void Options_OutOfRange_Refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SessionOptions { ReplayBytes = 1 }.Validate());
        Assert.Throws<ArgumentOutOfRangeException>(() => new SessionOptions { TombstoneTime = TimeSpan.FromSeconds(1) }.Validate());
        Assert.Throws<ArgumentOutOfRangeException>(() => new SessionOptions { AckDelay = TimeSpan.Zero }.Validate());
    }

    private static SimLink Killed(SessionWorld world, SimLink link)
    {
        world.Kill(link);
        return link;
    }

    private static (SessionWorld World, SimLink Link) Connected(SessionOptions? options = null)
    {
        var world = new SessionWorld(1, options) { TakesTrace = true };
        var link = world.Dial(0)!;
        world.DeliverAll(link);
        return (world, link);
    }

    /// <summary>Lets every ACK that waits for a ride go out.</summary>
    private static void Quiesce(SessionWorld world)
    {
        world.Settle();
        world.Advance(TimeSpan.FromMilliseconds(30));
        world.Settle();
    }
}
