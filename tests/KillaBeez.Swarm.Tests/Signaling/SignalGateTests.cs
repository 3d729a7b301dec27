using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Swarm.Tests.Signaling;

public class SignalGateTests
{
    private const long NowMs = Samples.NowUnixMs;

    private static readonly Instant s_now = Instant.Zero.AddMs(5_000);

    [Fact]
    public void Check_GenuineAndNew_IsAcceptedOnce()
    {
        var gate = new SignalGate(Samples.Bob.Id);
        var signal = Samples.Seal(Samples.Alice, Samples.Bob.Id);

        Assert.Equal(SignalVerdict.Accepted, gate.Check(s_now, NowMs, signal));
        Assert.Equal(SignalVerdict.Replayed, gate.Check(s_now, NowMs, signal));
        Assert.Equal(SignalVerdict.Replayed, gate.Check(s_now.AddMs(44_999), NowMs + 44_999, signal));
        Assert.Equal(1, gate.CountOf(SignalVerdict.Accepted));
        Assert.Equal(2, gate.CountOf(SignalVerdict.Replayed));
    }

    [Theory]
    [InlineData(-600_001, "FromTheFuture")]
    [InlineData(-600_000, "Accepted")]
    [InlineData(-60_000, "Accepted")]
    [InlineData(0, "Accepted")]
    [InlineData(30_000, "Accepted")]
    [InlineData(630_000, "Accepted")]
    [InlineData(630_001, "Expired")]
    public void Check_ClocksDiffer_TenMinutesAreAllowed(long offsetMs, string expected) =>
        Assert.Equal(
            Enum.Parse<SignalVerdict>(expected),
            new SignalGate(Samples.Bob.Id).Check(s_now, NowMs + offsetMs, Samples.Seal(Samples.Alice, Samples.Bob.Id)));

    [Theory]
    [InlineData(-3_600_000)]
    [InlineData(3_600_000)]
    public void Check_OfOneThatCarries_GoesByNoClockOfItsOwn(long offsetMs)
    {
        var gate = new SignalGate(me: null);
        var signal = Samples.Seal(Samples.Alice, Samples.Bob.Id);

        Assert.Equal(SignalVerdict.Accepted, gate.Check(s_now, NowMs + offsetMs, signal));
        Assert.Equal(SignalVerdict.Replayed, gate.Check(s_now.AddMs(SignalLimits.CarrierMemoryMs), NowMs, signal));
        Assert.Equal(SignalVerdict.Accepted, gate.Check(s_now.AddMs(SignalLimits.CarrierMemoryMs + 1), NowMs, signal));
    }

    [Fact]
    public void Check_AcceptedAtTheFirstPossibleMoment_IsRememberedUntilTheLast()
    {
        var gate = new SignalGate(Samples.Bob.Id);
        var signal = Samples.Seal(Samples.Alice, Samples.Bob.Id);

        Assert.Equal(SignalVerdict.Accepted, gate.Check(s_now, NowMs - SignalLimits.ClockSkewMs, signal));
        var last = s_now.AddMs(SignalLimits.ReplayMemoryMs);
        Assert.Equal(SignalVerdict.Replayed, gate.Check(last, signal.ExpiresUnixMs + SignalLimits.ClockSkewMs, signal));
        Assert.Equal(SignalVerdict.Expired, gate.Check(last.AddMs(1), signal.ExpiresUnixMs + SignalLimits.ClockSkewMs + 1, signal));
        Assert.Equal(0, gate.Remembered);
    }

    [Fact]
    public void Check_LifeLongerThanAllowed_IsRefusedThoughSigned()
    {
        var signal = Samples.Seal(Samples.Alice, Samples.Bob.Id);
        signal = Samples.Resign(Samples.Alice, signal with { ExpiresUnixMs = signal.CreatedUnixMs + 30_001 });

        Assert.Equal(SignalVerdict.LifetimeTooLong, new SignalGate(null).Check(s_now, NowMs, signal));
    }

    [Fact]
    public void Check_ForAnotherKey_IsNotForMeButMayBeCarried()
    {
        var signal = Samples.Seal(Samples.Alice, Samples.Bob.Id);

        Assert.Equal(SignalVerdict.NotForMe, new SignalGate(Samples.Carol.Id).Check(s_now, NowMs, signal));
        Assert.Equal(SignalVerdict.Accepted, new SignalGate(null).Check(s_now, NowMs, signal));
    }

    [Fact]
    public void Check_ToItself_IsRefused() =>
        Assert.Equal(SignalVerdict.ToItself, new SignalGate(null).Check(s_now, NowMs, Samples.Seal(Samples.Alice, Samples.Alice.Id)));

    [Fact]
    public void Check_ForgedFirst_DoesNotUseUpTheGenuineOnesId()
    {
        var gate = new SignalGate(Samples.Bob.Id);
        var genuine = Samples.Seal(Samples.Alice, Samples.Bob.Id);
        var forged = genuine with { Signature = new byte[64] };
        var stolenId = Samples.Resign(Samples.Carol, genuine with { From = Samples.Carol.Id });

        Assert.Equal(SignalVerdict.BadSignature, gate.Check(s_now, NowMs, forged));
        Assert.Equal(SignalVerdict.Accepted, gate.Check(s_now, NowMs, stolenId));
        Assert.Equal(SignalVerdict.Accepted, gate.Check(s_now, NowMs, genuine));
    }

    [Fact]
    public void Check_TooManyOfOneSender_LeavesRoomForOthersAndPasses()
    {
        var gate = new SignalGate(Samples.Bob.Id, new SignalGateLimits { MaximumPerSender = 2 });
        Assert.Equal(SignalVerdict.Accepted, gate.Check(s_now, NowMs, Samples.Seal(Samples.Alice, Samples.Bob.Id)));
        Assert.Equal(SignalVerdict.Accepted, gate.Check(s_now, NowMs, Samples.Seal(Samples.Alice, Samples.Bob.Id)));
        Assert.Equal(SignalVerdict.TooManyFromSender, gate.Check(s_now, NowMs, Samples.Seal(Samples.Alice, Samples.Bob.Id)));
        Assert.Equal(SignalVerdict.Accepted, gate.Check(s_now, NowMs, Samples.Seal(Samples.Carol, Samples.Bob.Id)));

        var later = SignalLimits.ReplayMemoryMs + 1;
        Assert.Equal(SignalVerdict.Accepted, gate.Check(s_now.AddMs(later), NowMs + later, Samples.Seal(Samples.Alice, Samples.Bob.Id, NowMs + later)));
        Assert.Equal(1, gate.Remembered);
    }

    [Fact]
    public void Check_StrangersPartFull_RefusesNewStrangersRatherThanForgettingOldOnes()
    {
        var gate = new SignalGate(Samples.Bob.Id, new SignalGateLimits { MaximumRemembered = 2 });
        var first = Samples.Seal(Samples.Alice, Samples.Bob.Id);
        gate.Check(s_now, NowMs, first);
        gate.Check(s_now, NowMs, Samples.Seal(Samples.Carol, Samples.Bob.Id));

        using var dave = KeyPair.Generate(new SeededRandomSource(4));
        Assert.Equal(SignalVerdict.Overloaded, gate.Check(s_now, NowMs, Samples.Seal(dave, Samples.Bob.Id)));
        Assert.Equal(SignalVerdict.Replayed, gate.Check(s_now, NowMs, first));
    }

    [Fact]
    public void Check_StrangerNeedsMoreThanItsShare_LosesItsOldestIdsAndTheRightToSignalsAsOld()
    {
        var gate = new SignalGate(Samples.Bob.Id, new SignalGateLimits { MaximumRemembered = 2, MinimumPerStranger = 2 });
        var first = Samples.Seal(Samples.Alice, Samples.Bob.Id, NowMs);
        var late = Samples.Seal(Samples.Alice, Samples.Bob.Id, NowMs - 1);
        var signals = new[] { first, Samples.Seal(Samples.Alice, Samples.Bob.Id, NowMs + 1), Samples.Seal(Samples.Alice, Samples.Bob.Id, NowMs + 2) };
        for (var i = 0; i < signals.Length; i++)
        {
            Assert.Equal(SignalVerdict.Accepted, gate.Check(s_now.AddMs(i * 60_000), NowMs, signals[i]));
        }

        Assert.Equal(2, gate.Remembered);
        var now = s_now.AddMs(180_000);
        Assert.All(signals, signal => Assert.Equal(SignalVerdict.Replayed, gate.Check(now, NowMs, signal)));
        Assert.Equal(SignalVerdict.Replayed, gate.Check(now, NowMs, late));
    }

    [Fact]
    public void Check_FloodOfSixtyFourKeys_LeavesRoomForStrangersAndAllOfItForFriends()
    {
        // Smaller than a node's by a factor of 16, so that not 65,536 signals must be signed.
        var limits = new SignalGateLimits { MaximumRemembered = 4_096, MaximumPerSender = 64 };
        var gate = new SignalGate(Samples.Bob.Id, limits);
        var random = new SeededRandomSource(64);
        Assert.True(gate.Befriend(Samples.Alice.Id));
        for (var i = 0; i < 64; i++)
        {
            using var flooder = KeyPair.Generate(random);
            for (var n = 0; n < limits.MaximumPerSender; n++)
            {
                gate.Check(s_now, NowMs, Samples.Seal(flooder, Samples.Bob.Id, random: random));
            }
        }

        Assert.InRange(gate.Remembered, 3_000, limits.MaximumRemembered - limits.MinimumPerStranger);
        for (var n = 0; n < limits.MaximumPerSender; n++)
        {
            Assert.Equal(SignalVerdict.Accepted, gate.Check(s_now, NowMs, Samples.Seal(Samples.Alice, Samples.Bob.Id)));
        }

        for (var n = 0; n < limits.MinimumPerStranger; n++)
        {
            Assert.Equal(SignalVerdict.Accepted, gate.Check(s_now, NowMs, Samples.Seal(Samples.Carol, Samples.Bob.Id)));
        }
    }

    [Fact]
    public void Check_MoreKeysThanThereIsRoom_RefusesStrangersAndNoFriend()
    {
        var limits = new SignalGateLimits { MaximumRemembered = 64, MaximumPerSender = 16, MinimumPerStranger = 1 };
        var gate = new SignalGate(Samples.Bob.Id, limits);
        var random = new SeededRandomSource(65);
        gate.Befriend(Samples.Alice.Id);
        for (var i = 0; i < 80; i++)
        {
            using var flooder = KeyPair.Generate(random);
            gate.Check(s_now, NowMs, Samples.Seal(flooder, Samples.Bob.Id, random: random));
        }

        Assert.Equal((64, 16), (gate.Remembered, gate.CountOf(SignalVerdict.Overloaded)));
        Assert.Equal(SignalVerdict.Overloaded, gate.Check(s_now, NowMs, Samples.Seal(Samples.Carol, Samples.Bob.Id)));
        Assert.Equal(SignalVerdict.Accepted, gate.Check(s_now, NowMs, Samples.Seal(Samples.Alice, Samples.Bob.Id)));

        // The same stranger is called by this node, and has room from then on.
        Assert.True(gate.Befriend(Samples.Carol.Id));
        Assert.Equal(SignalVerdict.Accepted, gate.Check(s_now, NowMs, Samples.Seal(Samples.Carol, Samples.Bob.Id)));
    }

    [Fact]
    public void Forget_AFriendWithManyIds_LeavesItAStrangersAndLetsNoReplayIn()
    {
        var limits = new SignalGateLimits { MaximumPerSender = 32, MinimumPerStranger = 2 };
        var gate = new SignalGate(Samples.Bob.Id, limits);
        gate.Befriend(Samples.Alice.Id);
        var signals = Enumerable.Range(0, 32).Select(i => Samples.Seal(Samples.Alice, Samples.Bob.Id, NowMs + i)).ToList();
        signals.ForEach(signal => gate.Check(s_now, NowMs, signal));
        Assert.Equal(32, gate.Remembered);

        gate.Forget(s_now, NowMs, Samples.Alice.Id);
        Assert.Equal(2, gate.Remembered);
        Assert.All(signals, signal => Assert.Equal(SignalVerdict.Replayed, gate.Check(s_now, NowMs, signal)));
    }

    [Fact]
    public void Befriend_MoreThanAllowed_IsFalseUntilOneIsForgotten()
    {
        var gate = new SignalGate(Samples.Bob.Id, new SignalGateLimits { MaximumFriends = 1 });
        Assert.True(gate.Befriend(Samples.Alice.Id));
        Assert.True(gate.Befriend(Samples.Alice.Id));
        Assert.False(gate.Befriend(Samples.Carol.Id));
        gate.Forget(s_now, NowMs, Samples.Alice.Id);
        Assert.True(gate.Befriend(Samples.Carol.Id));
    }

    [Fact]
    public void Check_ClockSetBack_StillKnowsWhatItAccepted()
    {
        var gate = new SignalGate(Samples.Bob.Id);
        var signal = Samples.Seal(Samples.Alice, Samples.Bob.Id);
        gate.Check(s_now, NowMs + 10_000, signal);

        Assert.Equal(SignalVerdict.Replayed, gate.Check(s_now, NowMs - 10_000, signal));
    }

    [Fact]
    public void Check_ClocksOfBothSetBackAnHour_RefusesNothingForIt()
    {
        const long HourMs = 3_600_000;
        var limits = new SignalGateLimits { MaximumPerSender = 32 };
        var gate = new SignalGate(Samples.Bob.Id, limits);
        var now = s_now;
        for (var i = 0; i < 4 * limits.MaximumPerSender; i++)
        {
            now = now.AddMs(2_000);
            var wall = NowMs + (i * 2_000L) - (i < 2 * limits.MaximumPerSender ? 0 : HourMs);
            Assert.Equal(SignalVerdict.Accepted, gate.Check(now, wall, Samples.Seal(Samples.Alice, Samples.Bob.Id, wall)));
        }

        Assert.Equal(limits.MaximumPerSender, gate.Remembered);
        gate.Check(now.AddMs(SignalLimits.ReplayMemoryMs + 1), NowMs - HourMs, Samples.Seal(Samples.Carol, Samples.Bob.Id, NowMs - HourMs));
        Assert.Equal(1, gate.Remembered);
    }

    [Fact]
    public void Check_ManySendersOverHours_KeepsItsBooksAndLetsNoReplayIn()
    {
        for (ulong seed = 1; seed <= 5; seed++)
        {
            var random = new SeededRandomSource(seed);
            var limits = new SignalGateLimits { MaximumRemembered = 40, MaximumPerSender = 8, MinimumPerStranger = 2, MaximumFriends = 2 };
            var gate = new SignalGate(Samples.Bob.Id, limits);
            var keys = Enumerable.Range(0, 12).Select(_ => KeyPair.Generate(random)).ToArray();
            var accepted = new List<SealedSignal>();
            var (now, wall) = (s_now, NowMs);
            for (var step = 0; step < 400; step++)
            {
                var key = keys[random.NextInt32(0, keys.Length)];
                var elapsed = random.NextInt32(0, 60_000);
                (now, wall) = (now.AddMs(elapsed), wall + elapsed);
                switch (random.NextInt32(0, 10))
                {
                    case 0:
                        gate.Befriend(key.Id);
                        break;
                    case 1:
                        gate.Forget(now, wall, key.Id);
                        break;
                    case 2 when accepted.Count > 0:
                        Assert.NotEqual(SignalVerdict.Accepted, gate.Check(now, wall, accepted[random.NextInt32(0, accepted.Count)]));
                        break;
                    default:
                        var signal = Samples.Seal(key, Samples.Bob.Id, wall + random.NextInt32(-500_000, 500_000), random: random);
                        if (gate.Check(now, wall, signal) == SignalVerdict.Accepted)
                        {
                            accepted.Add(signal);
                        }

                        break;
                }

                Assert.InRange(gate.Remembered, 0, limits.MaximumRemembered + (limits.MaximumFriends * limits.MaximumPerSender) + (keys.Length * limits.MinimumPerStranger));
            }

            Assert.True(accepted.Count > 50, $"seed {seed}");
            gate.Check(now.AddMs(SignalLimits.ReplayMemoryMs + 1), wall, accepted[0]);
            Assert.Equal(0, gate.Remembered);
            Array.ForEach(keys, key => key.Dispose());
        }
    }
}
