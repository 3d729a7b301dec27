using System.Text.RegularExpressions;
using Akka.Dispatch;

namespace KillaBeez.TestKit.Kernel;

/// <summary>What a simulation knows of each live mailbox: a name that is the same in every run, and how often it was ready.</summary>
internal sealed partial class MailboxTable
{
    private readonly Dictionary<Mailbox, SimulatedMailbox> _mailboxes = [];
    private readonly Dictionary<ulong, ulong> _generations = [];

    public int Count => _mailboxes.Count;

    /// <summary>The hash that stands for an actor that has no mailbox, such as the one an Ask is answered to.</summary>
    public static ulong HashOf(ActorPath path) => SimulationHash.Of(NameInHistory(path));

    public void Add(Mailbox mailbox, ActorPath path)
    {
        var name = HashOf(path);
        var generation = _generations[name] = _generations.GetValueOrDefault(name) + 1;
        _mailboxes[mailbox] = new SimulatedMailbox(SimulationHash.Mix(name + (generation * 31)), path);
    }

    public void Remove(Mailbox mailbox) => _mailboxes.Remove(mailbox);

    public SimulatedMailbox? Find(Mailbox mailbox) => _mailboxes.GetValueOrDefault(mailbox);

    /// <summary>The hash that stands for a receiver, also for one that has ended.</summary>
    public ulong HashOf(ActorCell cell) =>
        cell.Mailbox is { } mailbox && Find(mailbox) is { } known ? known.Hash : HashOf(cell.Self.Path);

    /// <summary>
    /// Akka.NET numbers some of its own actors per process and not per system, such as EventStreamUnsubscriber-7 and
    /// StreamSupervisor-3; those numbers differ from run to run.
    /// </summary>
    private static string NameInHistory(ActorPath path)
    {
        var text = path.ToStringWithoutAddress();
        var isNumbered = text.StartsWith("/system/", StringComparison.Ordinal) || text.Contains("/StreamSupervisor-", StringComparison.Ordinal);
        return $"{path.Address.System}{(isNumbered ? Number().Replace(text, "-") : text)}";
    }

    [GeneratedRegex("-[0-9]+")]
    private static partial Regex Number();
}

/// <summary>A live mailbox.</summary>
internal sealed class SimulatedMailbox(ulong hash, ActorPath path)
{
    /// <summary>Of the actor's path, and of how many had that path before.</summary>
    public ulong Hash { get; } = hash;

    public ActorPath Path { get; } = path;

    /// <summary>How often it became ready.</summary>
    public ulong ReadyCount { get; set; }
}
