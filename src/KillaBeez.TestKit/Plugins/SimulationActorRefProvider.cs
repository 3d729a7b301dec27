using Akka.Actor.Internal;
using Akka.Event;
using Akka.Serialization;
using KillaBeez.TestKit.Kernel;

namespace KillaBeez.TestKit.Plugins;

/// <summary>
/// Akka.NET's local provider but for what an Ask is answered to; Akka.NET finds it by its name in HOCON.
/// </summary>
internal sealed class SimulationActorRefProvider : IActorRefProvider
{
    private readonly LocalActorRefProvider _local;
    private readonly SimulationKernel _kernel;

    /// <summary>Called by Akka.NET.</summary>
    public SimulationActorRefProvider(string systemName, Settings settings, EventStream eventStream)
    {
        _kernel = SimulationConfig.KernelOf(settings.Config);
        _local = new LocalActorRefProvider(systemName, settings, eventStream, null, path => new DeadLetterActorRef(this, path, eventStream));
    }

    public IInternalActorRef RootGuardian => _local.RootGuardian;

    public LocalActorRef Guardian => _local.Guardian;

    public LocalActorRef SystemGuardian => _local.SystemGuardian;

    public IActorRef DeadLetters => _local.DeadLetters;

    public IActorRef IgnoreRef => _local.IgnoreRef;

    public ActorPath RootPath => _local.RootPath;

    public Settings Settings => _local.Settings;

    public Deployer Deployer => _local.Deployer;

    public IInternalActorRef TempContainer => _local.TempContainer;

    public Task TerminationTask => _local.TerminationTask;

    public Address DefaultAddress => _local.DefaultAddress;

    public Information SerializationInformation => _local.SerializationInformation;

    public IActorRef RootGuardianAt(Address address) => _local.RootGuardianAt(address);

    public void Init(ActorSystemImpl system) => _local.Init(system);

    public ActorPath TempPath() => _local.TempPath();

    public void RegisterTempActor(IInternalActorRef actorRef, ActorPath path) => _local.RegisterTempActor(actorRef, path);

    public void UnregisterTempActor(ActorPath path) => _local.UnregisterTempActor(path);

    public FutureActorRef<T> CreateFutureRef<T>(TaskCompletionSource<T> tcs) => new SimulatedFutureRef<T>(tcs, _local.TempPath(), this, _kernel);

    public IInternalActorRef ActorOf(ActorSystemImpl system, Props props, IInternalActorRef supervisor, ActorPath path, bool systemService, Deploy deploy, bool lookupDeploy, bool async) =>
        _local.ActorOf(system, props, supervisor, path, systemService, deploy, lookupDeploy, async);

    public IActorRef ResolveActorRef(string path) => _local.ResolveActorRef(path);

    public IActorRef ResolveActorRef(ActorPath actorPath) => _local.ResolveActorRef(actorPath);

    public Address GetExternalAddressFor(Address address) => _local.GetExternalAddressFor(address);
}
