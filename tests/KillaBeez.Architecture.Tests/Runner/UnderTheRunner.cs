namespace KillaBeez.Architecture.Tests.Runner;

/// <summary>xunit runs the tests of a class one by one, in an order of its own; those that end are in other classes.</summary>
public sealed class EndingUnderTheRunner
{
    [UnderTheRunner]
    public void Passes() => Assert.True(true);

    [UnderTheRunner]
    public void PassesToo() => Assert.True(true);

    [UnderTheRunner]
    public void Fails() => Assert.Fail("as it is meant to");
}

public sealed class HangingUnderTheRunner
{
    [UnderTheRunner]
    public Task Hangs() => new TaskCompletionSource().Task;
}
