using System.Diagnostics.CodeAnalysis;

namespace KillaBeez.Runtime;

/// <summary>An outcome as a message.</summary>
[SuppressMessage("Design", "CA1034:Nested types should not be visible", Justification = "Akka's names: Status.Success, Status.Failure.")]
public abstract class Status
{
    private Status()
    {
    }

    /// <summary>It went well.</summary>
    /// <param name="status">What came of it, if anything.</param>
    public sealed class Success(object? status) : Status
    {
        /// <summary>What came of it.</summary>
        public object? Status { get; } = status;

        /// <inheritdoc/>
        public override string ToString() => $"Success: {Status}";
    }

    /// <summary>It failed. As the reply to an Ask it faults the task; PipeTo makes it of a failed task.</summary>
    /// <param name="cause">Why.</param>
    /// <param name="state">Anything that the sender wishes to add.</param>
    public sealed class Failure(Exception cause, object? state) : Status
    {
        /// <summary>It failed.</summary>
        /// <param name="cause">Why.</param>
        public Failure(Exception cause)
            : this(cause, null)
        {
        }

        /// <summary>Why it failed.</summary>
        public Exception Cause { get; } = cause;

        /// <summary>What the sender added.</summary>
        public object? State { get; } = state;

        /// <inheritdoc/>
        public override string ToString() => $"Failure: {Cause}";
    }
}

/// <summary>The value of a task that has no value.</summary>
public sealed class Done
{
    private Done()
    {
    }

    /// <summary>The only instance.</summary>
    public static Done Instance { get; } = new();
}
