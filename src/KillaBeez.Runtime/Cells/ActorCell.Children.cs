namespace KillaBeez.Runtime;

/// <summary>The children.</summary>
internal sealed partial class ActorCell
{
    private ChildrenContainer? _children;

    public IActorRef ActorOf(Props props, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(props);
        if (_isDead || _goal == Goal.End)
        {
            throw new InvalidOperationException("Cannot create children while terminating or terminated");
        }

        var children = LazyInitializer.EnsureInitialized(ref _children);
        var child = children.Add(name, childName => new ActorCell(System, props, _self, _self.Path.Of(childName)).SelfRef).Ref;
        child.Cell.Start();
        return child;
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
