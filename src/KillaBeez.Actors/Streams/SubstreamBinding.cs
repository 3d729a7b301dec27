namespace KillaBeez.Streams;

/// <summary>A running <see cref="SwarmStreams.Bind"/>.</summary>
public sealed class SubstreamBinding
{
    private readonly Action _unbind;

    internal SubstreamBinding(string type, Action unbind, Task<Done> whenUnbound)
    {
        Type = type;
        _unbind = unbind;
        WhenUnbound = whenUnbound;
    }

    /// <summary>The type of substreams it takes.</summary>
    public string Type { get; }

    /// <summary>Ends when the binding has, whatever ended it; then the type can be bound again.</summary>
    public Task<Done> WhenUnbound { get; }

    /// <summary>
    /// Takes no more substreams and completes the stream of them. Those that wait are refused, those that the stream has handed
    /// on may still be accepted in their time, and those that were accepted go on. May be called any number of times.
    /// </summary>
    /// <returns><see cref="WhenUnbound"/>.</returns>
#pragma warning disable VSTHRD200 // Named as in Akka.Streams' Tcp, which users know.
    public Task<Done> Unbind()
#pragma warning restore VSTHRD200
    {
        if (!WhenUnbound.IsCompleted)
        {
            _unbind();
        }

        return WhenUnbound;
    }
}
