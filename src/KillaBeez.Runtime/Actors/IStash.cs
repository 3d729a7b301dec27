namespace KillaBeez.Runtime;

/// <summary>Messages that an actor has put aside for later.</summary>
public interface IStash
{
    /// <summary>Puts the message in hand aside.</summary>
    /// <exception cref="IllegalActorStateException">It is there already.</exception>
    void Stash();

    /// <summary>Puts the oldest message back to the front of the mailbox.</summary>
    void Unstash();

    /// <summary>Puts all messages back to the front of the mailbox, in their order.</summary>
    void UnstashAll();
}

/// <summary>Marks an actor that has a stash; the runtime sets the property after the constructor, before PreStart.</summary>
public interface IWithStash
{
    /// <summary>The actor's stash.</summary>
    IStash Stash { get; set; }
}

/// <summary>Marks an actor that has a stash without a limit.</summary>
public interface IWithUnboundedStash : IWithStash;
