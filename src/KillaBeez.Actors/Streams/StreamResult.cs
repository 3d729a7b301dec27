using Akka.Streams;

namespace KillaBeez.Streams;

/// <summary>
/// What a stage's task ends with. It is completed on the materializer's dispatcher: a continuation never runs inside the
/// stage, and in a simulation it is a step like any other, not the thread pool's.
/// </summary>
internal sealed class StreamResult<T>
{
    private readonly TaskCompletionSource<T> _source = new();

    public Task<T> Task => _source.Task;

    public void Succeed(T value, IMaterializer materializer) =>
        materializer.ExecutionContext.Schedule(() => _source.TrySetResult(value));

    public void Cancel(IMaterializer materializer) => materializer.ExecutionContext.Schedule(() => _source.TrySetCanceled());

    public void Fail(Exception failure, IMaterializer materializer) => materializer.ExecutionContext.Schedule(() =>
    {
        _source.TrySetException(failure);

        // Many streams are run for their elements only; then nobody asks for this task's failure.
        _ = _source.Task.Exception;
    });
}
