using Akka.Event;
using System.Reflection;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Tests.Worlds;

namespace KillaBeez.Actors.Tests.Messages;

/// <summary>What the actors say to each other stays in the process, does not change, and is no dead letter when it is late.</summary>
public sealed class InternalMessageTests
{
    private static readonly Type[] _all =
        [.. from type in typeof(IInternalMessage).Assembly.GetTypes()
            where !type.IsInterface && (type.Namespace == typeof(IInternalMessage).Namespace ? type.IsNested : typeof(IInternalMessage).IsAssignableFrom(type))
            where !type.Name.StartsWith('<')
            select type];

    /// <summary>Somebody waits for these, and hears from whoever finds them undeliverable.</summary>
    private static readonly Type[] _awaited =
    [
        typeof(PeerMessages.Connect), typeof(GuardianMessages.CallPeer), typeof(GuardianMessages.CallAnswered),
        typeof(GuardianMessages.AskCounters), typeof(GossipMessages.AskStatistics),
    ];

    [Fact]
    public void Messages_AreMarkedAndDoNotChange()
    {
        Assert.True(_all.Length > 60, $"only {_all.Length} messages were found");
        Assert.All(_all, type =>
        {
            Assert.True(typeof(IInternalMessage).IsAssignableFrom(type), $"{type} is not marked");
            Assert.Equal(!_awaited.Contains(type), typeof(ILateMessage).IsAssignableFrom(type));
            Assert.True(type.IsSealed, $"{type} is not sealed");
            Assert.All(type.GetProperties(), property => Assert.True(
                property.SetMethod is null || property.SetMethod.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(System.Runtime.CompilerServices.IsExternalInit)),
                $"{type}.{property.Name} can be set"));
            Assert.All(type.GetFields(BindingFlags.Public | BindingFlags.Instance), field => Assert.True(field.IsInitOnly, $"{type}.{field.Name} can be set"));
        });
    }

    [Fact]
    public void SerializeMessages_IsOn_SwarmWorks()
    {
        using var world = new World(3);
        const string hocon = "akka.actor.serialize-messages = on";
        var failures = new List<string>();
        world.Swarm.Simulation.FailureObserver = failure => failures.Add($"{failure.Actor}: {failure.Cause}");
        var (a, b) = (world.AddConfigured(hocon), world.AddConfigured(hocon));
        AssertSettingIsOn(world, a);

        var (bAtA, aAtB) = world.Connect(a, b);
        Assert.True(world.Run(() => bAtA.PingAsync()) > TimeSpan.Zero);
        var (opened, accepted) = world.Open(bAtA, b);
        var content = PipeHelper.Content(3, 300_000);
        var received = world.Run(async () =>
        {
            var writing = opened.Output.WriteAllAsync(content);
            var read = await accepted.Input.ReadAllAsync();
            await writing;
            return read;
        });
        Assert.Equal(content, received);

        // A dying link, the exchange going and coming, gossip and an end in order go through every actor.
        Assert.Equal(1, world.Network.CutLinks(a.Id, b.Id));
        world.Swarm.Exchange.Stop();
        world.RunFor(30);
        world.Swarm.Exchange.Start();
        world.RunFor(60);
        Assert.True(bAtA.IsConnected);
        world.Run(() => bAtA.CloseAsync());
        world.Until(() => !aAtB.IsConnected, "the other side has heard of the end");
        world.Run(async () => await a.Node.DisposeAsync());

        Assert.Empty(failures);
        Assert.Equal(0, world.Swarm.ForeignPosts);
    }

    [Fact]
    public void Node_Stops_LeavesNoDeadLetters()
    {
        using var world = new World(4);
        List<DeadLetter> dead = [];
        List<SuppressedDeadLetter> late = [];
        var a = world.AddConfigured("", system =>
        {
            EventRecorder.Record(system, dead);
            EventRecorder.Record(system, late);
        });
        var b = world.Swarm.AddNode();
        var c = world.Swarm.AddNode();
        var (bAtA, _) = world.Connect(a, b);
        world.Connect(a, c);
        var (opened, _) = world.Open(bAtA, b);
        world.Run(async () => await opened.Output.WriteAsync(PipeHelper.Content(4, 50_000)));
        c.Kill();
        world.RunFor(1);
        world.Run(async () => await a.Node.DisposeAsync());
        world.RunFor(60);

        Assert.DoesNotContain(dead, letter => letter.Message is IInternalMessage);
        Assert.Contains(late, letter => letter.Message is ILateMessage);
    }

    /// <summary>A message without the mark is copied on its way, so that the test above has something to pass.</summary>
    private static void AssertSettingIsOn(World world, SimulatedNode node)
    {
        List<Unmarked> unmarked = [];
        List<Marked> marked = [];
        var (sentUnmarked, sentMarked) = (new Unmarked { Text = "x" }, new Marked());
        world.Swarm.Simulation.Do(() =>
        {
            node.System.ActorOf(Props.Create(() => new EventRecorder<Unmarked>(unmarked))).Tell(sentUnmarked, ActorRefs.NoSender);
            node.System.ActorOf(Props.Create(() => new EventRecorder<Marked>(marked))).Tell(sentMarked, ActorRefs.NoSender);
        });
        world.RunFor(0.01);

        Assert.NotSame(sentUnmarked, Assert.Single(unmarked));
        Assert.Same(sentMarked, Assert.Single(marked));
    }

    public sealed class Unmarked
    {
        public string Text { get; set; } = "";
    }

    private sealed record Marked : IInternalMessage;
}
