using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;

namespace KillaBeez.Runtime;

/// <summary>How to make an actor: its class and its constructor's arguments, which all instances share. Immutable.</summary>
public sealed class Props
{
    internal const string DefaultDispatcher = "akka.actor.default-dispatcher";

    private static readonly ConcurrentDictionary<ConstructorInfo, ConstructorInvoker> Invokers = new();

    private readonly object?[] _arguments;
    private readonly ConstructorInvoker? _constructor;

    private Props(Type type, object?[] arguments, ConstructorInvoker? constructor, SupervisorStrategy? strategy, string dispatcher)
    {
        Type = type;
        _arguments = arguments;
        _constructor = constructor;
        SupervisorStrategy = strategy;
        Dispatcher = dispatcher;
    }

    /// <summary>The actor's class.</summary>
    public Type Type { get; }

    /// <summary>The strategy that goes before the actor's own, or null.</summary>
    public SupervisorStrategy? SupervisorStrategy { get; }

    /// <summary>The name of the dispatcher.</summary>
    public string Dispatcher { get; }

    /// <summary>From an expression such as <c>() => new MyActor(a, b)</c>; the arguments are evaluated now, once.</summary>
    /// <typeparam name="TActor">The actor's class.</typeparam>
    /// <param name="factory">The expression.</param>
    /// <param name="supervisorStrategy">The strategy that goes before the actor's own, or null.</param>
    /// <exception cref="InvalidCastException">The body is not a plain <c>new</c>.</exception>
    public static Props Create<TActor>(Expression<Func<TActor>> factory, SupervisorStrategy? supervisorStrategy = null)
        where TActor : ActorBase
    {
        ArgumentNullException.ThrowIfNull(factory);
        if (factory.Body is not NewExpression { Constructor: { } constructor } body)
        {
            throw new InvalidCastException("The factory of Props.Create must be a plain new: () => new MyActor(arguments)");
        }

        var arguments = body.Arguments.Count == 0 ? [] : new object?[body.Arguments.Count];
        for (var i = 0; i < arguments.Length; i++)
        {
            arguments[i] = Evaluate(body.Arguments[i]);
        }

        var invoker = Invokers.GetOrAdd(constructor, static c => ConstructorInvoker.Create(c));
        return new Props(typeof(TActor), arguments, invoker, supervisorStrategy, DefaultDispatcher);
    }

    /// <summary>From a class and arguments; the constructor that fits them is looked for.</summary>
    /// <typeparam name="TActor">The actor's class.</typeparam>
    /// <param name="args">The constructor's arguments.</param>
    public static Props Create<TActor>(params object?[] args)
        where TActor : ActorBase => Create(typeof(TActor), args);

    /// <summary>From a class and arguments; the constructor that fits them is looked for.</summary>
    /// <param name="type">The actor's class.</param>
    /// <param name="args">The constructor's arguments.</param>
    public static Props Create(Type type, params object?[] args)
    {
        ArgumentNullException.ThrowIfNull(type);
        return new Props(type, args ?? [null], null, null, DefaultDispatcher);
    }

    /// <summary>The same with a strategy that goes before the actor's own.</summary>
    /// <param name="supervisorStrategy">The strategy.</param>
    public Props WithSupervisorStrategy(SupervisorStrategy? supervisorStrategy) =>
        new(Type, _arguments, _constructor, supervisorStrategy, Dispatcher);

    /// <summary>The same on a named dispatcher. There is one: <c>akka.actor.default-dispatcher</c>.</summary>
    /// <param name="dispatcher">The name.</param>
    /// <exception cref="ArgumentException">There is no dispatcher of that name.</exception>
    public Props WithDispatcher(string dispatcher)
    {
        if (dispatcher != DefaultDispatcher)
        {
            throw new ArgumentException($"There is no dispatcher '{dispatcher}'", nameof(dispatcher));
        }

        return new Props(Type, _arguments, _constructor, SupervisorStrategy, dispatcher);
    }

    /// <inheritdoc/>
    public override string ToString() => $"Props({Type})";

    internal ActorBase NewActor() => _constructor is null
        ? (ActorBase)Activator.CreateInstance(Type, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DoNotWrapExceptions, null, _arguments, null)!
        : (ActorBase)_constructor.Invoke(_arguments.AsSpan());

    // Captured variables and constants, which nearly all arguments are, need no compiled code.
    private static object? Evaluate(Expression argument) => argument switch
    {
        ConstantExpression constant => constant.Value,
        MemberExpression { Member: FieldInfo field } member => field.GetValue(member.Expression is null ? null : Evaluate(member.Expression)),
        _ => Expression.Lambda<Func<object?>>(Expression.Convert(argument, typeof(object))).Compile(preferInterpretation: true)(),
    };
}
