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
    }

    internal Props ChildProps { get; }

    internal string ChildName { get; }

    internal TimeSpan MinBackoff { get; }

    internal TimeSpan MaxBackoff { get; }

    internal double RandomFactor { get; }

    internal int MaxNrOfRetries { get; }

    internal bool IsOnStop { get; }
}
