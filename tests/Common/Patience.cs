namespace KillaBeez.Tests;

/// <summary>
/// How long tests wait for what happens in real time: the one place for it. A wait that ends well costs nothing, however
/// long it might have been; so these are ten times and more what an idle machine needs, and no measure of anything.
/// </summary>
internal static class Patience
{
    /// <summary>For one thing that takes seconds at most: a connection, a process that starts or ends, an answer.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(120);

    /// <summary>For what keeps the processors busy for up to a minute: tens of megabytes through a foreign stack.</summary>
    public static readonly TimeSpan ForMuch = TimeSpan.FromMinutes(10);

    /// <summary>For a process that was asked to end before it is killed. It costs time where one does not end by itself.</summary>
    public static readonly TimeSpan BeforeKilling = TimeSpan.FromSeconds(20);

    /// <summary>Cancelled after <see cref="Bound"/>.</summary>
    public static CancellationToken Token => new CancellationTokenSource(Bound).Token;
}
