namespace KillaBeez.Runtime.Internals;

/// <summary>The children.</summary>
internal sealed partial class ActorCell
{
    private ChildrenContainer? _children;

    public IActorRef ActorOf(Props props, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(props);
        if (_isDead || _goal == Goal.End)
        {
            throw new InvalidOperationException($"{_self} is ending and makes no more actors");
        }

        var children = LazyInitializer.EnsureInitialized(ref _children);
        return children.Add(name, childName => StartChild(props, childName)).Ref;
    }

    private LocalActorRef StartChild(Props props, string name)
    {
        var child = new ActorCell(System, props, _self, _self.Path.Of(name));
        child.EnqueueSystem(new Create());
        return child.SelfRef;
    }

    public void Stop(IActorRef actor)
    {
        _children?.MarkStopping(actor);
        (actor as InternalActorRef)?.Stop();
    }

    public IActorRef Child(string name) => (IActorRef?)_children?.Find(name)?.Ref ?? ActorRefs.Nobody;

    public IEnumerable<IActorRef> GetChildren() => ChildRecords().ConvertAll(record => (IActorRef)record.Ref);

    internal List<ChildRecord> ChildRecords() => _children?.ToList() ?? [];
}
