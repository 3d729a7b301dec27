namespace KillaBeez.Runtime;

/// <summary>Builds the options of a <see cref="BackoffSupervisor"/>.</summary>
public static class Backoff
{
    /// <summary>The child is made anew some time after it has failed; when it stops by itself, so does its supervisor.</summary>
    /// <param name="childProps">How to make the child.</param>
    /// <param name="childName">The child's name.</param>
    /// <param name="minBackoff">The time before the first new child; it doubles with each further one.</param>
    /// <param name="maxBackoff">The longest time, before the random part.</param>
    /// <param name="randomFactor">Up to which part of itself the time is lengthened at random; 0.2 is 20 %.</param>
    /// <param name="maxNrOfRetries">How many new children; -1 is any number.</param>
    public static BackoffOptions OnFailure(Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor, int maxNrOfRetries) =>
        new(childProps, childName, minBackoff, maxBackoff, randomFactor, maxNrOfRetries, isOnStop: false);

    /// <summary>The child is made anew some time after it has stopped, for whatever reason; when it fails it is restarted at once.</summary>
    /// <param name="childProps">How to make the child.</param>
    /// <param name="childName">The child's name.</param>
    /// <param name="minBackoff">The time before the first new child; it doubles with each further one.</param>
    /// <param name="maxBackoff">The longest time, before the random part.</param>
    /// <param name="randomFactor">Up to which part of itself the time is lengthened at random; 0.2 is 20 %.</param>
    /// <param name="maxNrOfRetries">How many new children; -1 is any number.</param>
    public static BackoffOptions OnStop(Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor, int maxNrOfRetries) =>
        new(childProps, childName, minBackoff, maxBackoff, randomFactor, maxNrOfRetries, isOnStop: true);
}

/// <summary>The options of a <see cref="BackoffSupervisor"/>; made by <see cref="Backoff"/>.</summary>
public sealed class BackoffOptions
{
    internal BackoffOptions(Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor, int maxNrOfRetries, bool isOnStop)
    {
        ArgumentNullException.ThrowIfNull(childProps);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(minBackoff, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBackoff, minBackoff);
        if (randomFactor is not (>= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(randomFactor), randomFactor, "from 0 to 1");
        }

        ChildProps = childProps;
        ChildName = childName;
        MinBackoff = minBackoff;
        MaxBackoff = maxBackoff;
        RandomFactor = randomFactor;
        MaxNrOfRetries = maxNrOfRetries;
        IsOnStop = isOnStop;
        AutoReset = minBackoff;
    }

    private BackoffOptions(BackoffOptions other)
        : this(other.ChildProps, other.ChildName, other.MinBackoff, other.MaxBackoff, other.RandomFactor, other.MaxNrOfRetries, other.IsOnStop)
    {
        AutoReset = other.AutoReset;
        Strategy = other.Strategy;
    }

    /// <summary>The same, but the pauses start anew when the child has lived for that long; the shortest pause otherwise.</summary>
    /// <param name="resetBackoff">More than zero.</param>
    public BackoffOptions WithAutoReset(TimeSpan resetBackoff)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(resetBackoff, TimeSpan.Zero);
        return new BackoffOptions(this) { AutoReset = resetBackoff };
    }

    /// <summary>
    /// The same with another decider than the default one. Under OnFailure its Restart means a new child after the
    /// pause; so a child may come back from a failure of its constructor too.
    /// </summary>
    /// <param name="supervisorStrategy">The strategy; under OnFailure only its decider counts.</param>
    public BackoffOptions WithSupervisorStrategy(OneForOneStrategy supervisorStrategy)
    {
        ArgumentNullException.ThrowIfNull(supervisorStrategy);
        return new BackoffOptions(this) { Strategy = supervisorStrategy };
    }

    internal Props ChildProps { get; }

    internal TimeSpan AutoReset { get; private init; }

    internal SupervisorStrategy? Strategy { get; private init; }

    internal string ChildName { get; }

    internal TimeSpan MinBackoff { get; }

    internal TimeSpan MaxBackoff { get; }

    internal double RandomFactor { get; }

    internal int MaxNrOfRetries { get; }

    internal bool IsOnStop { get; }
}
