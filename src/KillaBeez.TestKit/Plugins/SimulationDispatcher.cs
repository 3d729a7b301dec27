using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;
using KillaBeez.TestKit.Kernel;

namespace KillaBeez.TestKit.Plugins;

/// <summary>Makes the dispatchers of a simulated actor system; Akka.NET finds it by its name in HOCON.</summary>
internal sealed class SimulationDispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly SimulationDispatcher _instance;

    /// <summary>Called by Akka.NET.</summary>
    /// <param name="config">The dispatcher's section.</param>
    /// <param name="prerequisites">The system's settings, which name the simulation.</param>
    public SimulationDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(prerequisites);
        _instance = new SimulationDispatcher(this, config.GetString("id"), SimulationConfig.KernelOf(prerequisites.Settings.Config));
    }

    /// <inheritdoc/>
    public override MessageDispatcher Dispatcher() => _instance;
}

/// <summary>Shows the simulation every message with its receiver, and lets it decide when a mailbox runs.</summary>
internal sealed class SimulationDispatcher : MessageDispatcher, ISimulatedDispatcher
{
    private readonly SimulationKernel _kernel;

    public SimulationDispatcher(MessageDispatcherConfigurator configurator, string id, SimulationKernel kernel)
        : base(configurator)
    {
        _kernel = kernel;
        Id = id;

        // A mailbox handles one message more than its throughput unless a deadline has passed, and it takes the deadline
        // for a point in time: any that is set has always passed. So these two mean one message exactly.
        Throughput = 1;
        ThroughputDeadlineTime = 0;
        ShutdownTimeout = TimeSpan.FromSeconds(1);
    }

    public override void Attach(ActorCell cell)
    {
        _kernel.Attach(cell);
        base.Attach(cell);
    }

    public override void Detach(ActorCell cell)
    {
        var mailbox = cell.Mailbox;
        base.Detach(cell);
        if (mailbox is not null)
        {
            _kernel.Detach(mailbox);
        }
    }

    public override void Dispatch(ActorCell cell, Envelope envelope)
    {
        _kernel.NoteSent(cell, envelope.Message);
        base.Dispatch(cell, envelope);
    }

    public override void SystemDispatch(ActorCell cell, SystemMessage message)
    {
        _kernel.NoteSystemSent(cell, message);
        base.SystemDispatch(cell, message);
    }

    protected override void ExecuteTask(IRunnable run) => _kernel.Ready(run);

    protected override void Shutdown()
    {
    }
}
