namespace KillaBeez.TestKit.Tests;

/// <summary>The first example of docs/testkit.md: somebody's actors, which know nothing of swarms, under a seed.</summary>
public sealed class AnyActorsExample
{
    [Fact]
    public void Cart_LeftAlone_ExpiresAfterAnHour()
    {
        // <cart>
        using var simulation = new Simulation(seed: 7);
        var system = simulation.CreateSystem("shop");
        var probe = new SimulatedProbe(simulation, system);
        var cart = system.ActorOf(Props.Create(() => new Cart(probe.Ref)));
        cart.Tell("tea");
        probe.ExpectNoMsg(TimeSpan.FromMinutes(59));
        Assert.Equal("expired: tea", probe.ExpectMsg<string>(TimeSpan.FromMinutes(2)));
        Assert.Equal(TimeSpan.FromHours(1), simulation.Elapsed);
        simulation.ThrowIfForeign();
        // </cart>
    }

    private sealed class Cart : ReceiveActor
    {
        private readonly List<string> _items = [];

        public Cart(IActorRef shop)
        {
            Receive<ReceiveTimeout>(_ => shop.Tell("expired: " + string.Join(", ", _items)));
            Receive<string>(_items.Add);
            SetReceiveTimeout(TimeSpan.FromHours(1));
        }
    }
}
