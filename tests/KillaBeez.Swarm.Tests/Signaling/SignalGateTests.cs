using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Swarm.Tests.Signaling;

public class SignalGateTests
{
    private const long Now = Samples.NowUnixMs;

    [Fact]
    public void Check_GenuineAndNew_IsAcceptedOnce()
    {
        var gate = new SignalGate(Samples.Bob.Id);
        var signal = Samples.Seal(Samples.Alice, Samples.Bob.Id);

        Assert.Equal(SignalVerdict.Accepted, gate.Check(Now, signal));
        Assert.Equal(SignalVerdict.Replayed, gate.Check(Now, signal));
        Assert.Equal(SignalVerdict.Replayed, gate.Check(Now + 44_999, signal));
        Assert.Equal(1, gate.CountOf(SignalVerdict.Accepted));
        Assert.Equal(2, gate.CountOf(SignalVerdict.Replayed));
    }

    [Theory]
    [InlineData(-15_001, "FromTheFuture")]
    [InlineData(-15_000, "Accepted")]
    [InlineData(0, "Accepted")]
    [InlineData(30_000, "Accepted")]
    [InlineData(45_000, "Accepted")]
    [InlineData(45_001, "Expired")]
    public void Check_AroundTheLifeOfASignal_AllowsTheStatedClockSkew(long offsetMs, string expected) =>
        Assert.Equal(
            Enum.Parse<SignalVerdict>(expected),
            new SignalGate(Samples.Bob.Id).Check(Now + offsetMs, Samples.Seal(Samples.Alice, Samples.Bob.Id)));

    [Fact]
    public void Check_AcceptedAtTheFirstPossibleMoment_IsRememberedUntilTheLast()
    {
        var gate = new SignalGate(Samples.Bob.Id);
        var signal = Samples.Seal(Samples.Alice, Samples.Bob.Id);

        Assert.Equal(SignalVerdict.Accepted, gate.Check(Now - SignalLimits.ClockSkewMs, signal));
        Assert.Equal(SignalVerdict.Replayed, gate.Check(signal.ExpiresUnixMs + SignalLimits.ClockSkewMs, signal));
        Assert.Equal(SignalVerdict.Expired, gate.Check(signal.ExpiresUnixMs + SignalLimits.ClockSkewMs + 1, signal));
        Assert.Equal(0, gate.Remembered);
    }

    [Fact]
    public void Check_LifeLongerThanAllowed_IsRefusedThoughSigned()
    {
        var signal = Samples.Seal(Samples.Alice, Samples.Bob.Id);
        signal = Samples.Resign(Samples.Alice, signal with { ExpiresUnixMs = signal.CreatedUnixMs + 30_001 });

        Assert.Equal(SignalVerdict.LifetimeTooLong, new SignalGate(null).Check(Now, signal));
    }

    [Fact]
    public void Check_ForAnotherKey_IsNotForMeButMayBeCarried()
    {
        var signal = Samples.Seal(Samples.Alice, Samples.Bob.Id);

        Assert.Equal(SignalVerdict.NotForMe, new SignalGate(Samples.Carol.Id).Check(Now, signal));
        Assert.Equal(SignalVerdict.Accepted, new SignalGate(null).Check(Now, signal));
    }

    [Fact]
    public void Check_ToItself_IsRefused() =>
        Assert.Equal(SignalVerdict.ToItself, new SignalGate(null).Check(Now, Samples.Seal(Samples.Alice, Samples.Alice.Id)));

    [Fact]
    public void Check_ForgedFirst_DoesNotUseUpTheGenuineOnesId()
    {
        var gate = new SignalGate(Samples.Bob.Id);
        var genuine = Samples.Seal(Samples.Alice, Samples.Bob.Id);
        var forged = genuine with { Signature = new byte[64] };
        var stolenId = Samples.Resign(Samples.Carol, genuine with { From = Samples.Carol.Id });

        Assert.Equal(SignalVerdict.BadSignature, gate.Check(Now, forged));
        Assert.Equal(SignalVerdict.Accepted, gate.Check(Now, stolenId));
        Assert.Equal(SignalVerdict.Accepted, gate.Check(Now, genuine));
    }

    [Fact]
    public void Check_TooManyOfOneSender_LeavesRoomForOthersAndPasses()
    {
        var gate = new SignalGate(Samples.Bob.Id, new SignalGateLimits { MaximumPerSender = 2 });
        Assert.Equal(SignalVerdict.Accepted, gate.Check(Now, Samples.Seal(Samples.Alice, Samples.Bob.Id)));
        Assert.Equal(SignalVerdict.Accepted, gate.Check(Now, Samples.Seal(Samples.Alice, Samples.Bob.Id)));
        Assert.Equal(SignalVerdict.TooManyFromSender, gate.Check(Now, Samples.Seal(Samples.Alice, Samples.Bob.Id)));
        Assert.Equal(SignalVerdict.Accepted, gate.Check(Now, Samples.Seal(Samples.Carol, Samples.Bob.Id)));

        var later = Now + SignalLimits.ReplayMemoryMs + 1;
        Assert.Equal(SignalVerdict.Accepted, gate.Check(later, Samples.Seal(Samples.Alice, Samples.Bob.Id, later)));
        Assert.Equal(1, gate.Remembered);
    }

    [Fact]
    public void Check_MemoryFull_RefusesTheNewRatherThanForgettingTheOld()
    {
        var gate = new SignalGate(Samples.Bob.Id, new SignalGateLimits { MaximumRemembered = 2 });
        var first = Samples.Seal(Samples.Alice, Samples.Bob.Id);
        gate.Check(Now, first);
        gate.Check(Now, Samples.Seal(Samples.Carol, Samples.Bob.Id));

        Assert.Equal(SignalVerdict.Overloaded, gate.Check(Now, Samples.Seal(Samples.Alice, Samples.Bob.Id)));
        Assert.Equal(SignalVerdict.Replayed, gate.Check(Now, first));
    }

    [Fact]
    public void Check_ClockSetBack_StillKnowsWhatItAccepted()
    {
        var gate = new SignalGate(Samples.Bob.Id);
        var signal = Samples.Seal(Samples.Alice, Samples.Bob.Id);
        gate.Check(Now + 10_000, signal);

        Assert.Equal(SignalVerdict.Replayed, gate.Check(Now - 10_000, signal));
    }
}
