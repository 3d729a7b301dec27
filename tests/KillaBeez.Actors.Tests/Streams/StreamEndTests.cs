using System.Buffers;
using System.IO.Pipelines;
using Akka.Streams;
using Akka.Streams.Dsl;
using KillaBeez.Actors.Handles;
using KillaBeez.Streams;

namespace KillaBeez.Actors.Tests.Streams;

/// <summary>Streams that are ended at any moment, on real threads: the pipes are given back, once, and not under anybody's hands.</summary>
public sealed class StreamEndTests
{
    private static readonly TimeSpan _bound = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Handover_CompletedAndAbandonedAtOnce_DiscardsOnce()
    {
        for (var i = 0; i < 20_000; i++)
        {
            var (delivered, discarded) = (0, 0);
            var handover = new Handover(() => Interlocked.Increment(ref delivered), () => Interlocked.Increment(ref discarded));
            handover.Begin();
            var completing = Task.Run(handover.Complete);
            handover.Abandon();
            await completing;
            Assert.Equal(1, discarded);
            Assert.InRange(delivered, 0, 1);
            Assert.False(handover.TryTake());
            Assert.False(handover.Abandon());
            Assert.Equal(1, discarded);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task MaterializerShutDownAtAnyMoment_ResetsAndGivesThePipesBack(ulong seed)
    {
        using var system = ActorSystem.Create("ends", "akka { loglevel = ERROR, stdout-loglevel = ERROR, log-dead-letters = off }");
        var random = new SeededRandomSource(seed);
        for (var i = 0; i < 60; i++)
        {
            var pipes = new SubstreamPipes(PipeScheduler.ThreadPool);
            var reset = new TaskCompletionSource<uint>(TaskCreationOptions.RunContinuationsAsynchronously);
            var substream = new Substream(peer: null!, "test", default, pipes, code => reset.TrySetResult(code));
            var materializer = ActorMaterializer.Create(system, ActorMaterializerSettings.Create(system));
            var (left, elementBytes) = ((int)(random.NextUInt64() % 200), 1 + (int)(random.NextUInt64() % 30_000));
            var isEndedAtOnce = left == 0;
            var echoing = Task.Run(() => EchoAsync(pipes));
            var done = Source.From(Enumerable.Repeat((ReadOnlyMemory<byte>)new byte[elementBytes], 10_000_000))
                .ViaMaterialized(substream.AsFlow(), Keep.Right)
                .To(Sink.ForEach<ReadOnlyMemory<byte>>(_ =>
                {
                    if (--left == 0)
                    {
                        materializer.Shutdown();
                    }
                }))
                .Run(materializer);
            if (isEndedAtOnce)
            {
                materializer.Shutdown();
            }

            await Assert.ThrowsAsync<AbruptStageTerminationException>(() => done.WaitAsync(_bound));
            Assert.Equal(SwarmStreamCodes.Aborted, await reset.Task.WaitAsync(_bound));
            await echoing.WaitAsync(_bound);
            Assert.True(pipes.IsReaderGone);
        }

        await system.Terminate();
    }

    [Fact]
    public async Task SubstreamFailsAtAnyMoment_FlowFailsWithIt()
    {
        using var system = ActorSystem.Create("fails", "akka { loglevel = ERROR, stdout-loglevel = ERROR, log-dead-letters = off }");
        var materializer = system.Materializer();
        var random = new SeededRandomSource(4);
        for (var i = 0; i < 100; i++)
        {
            var pipes = new SubstreamPipes(PipeScheduler.ThreadPool);
            var substream = new Substream(peer: null!, "test", default, pipes, _ => { });
            var lost = new KillaBeezException(KillaBeezError.SessionLost, "lost");
            var left = 1 + (int)(random.NextUInt64() % 100);
            var echoing = Task.Run(() => EchoAsync(pipes, () => --left == 0 ? lost : null));
            var done = Source.From(Enumerable.Repeat((ReadOnlyMemory<byte>)new byte[5000], 10_000_000))
                .ViaMaterialized(substream.AsFlow(), Keep.Right)
                .To(Sink.Ignore<ReadOnlyMemory<byte>>())
                .Run(materializer);
            Assert.Same(lost, await Assert.ThrowsAsync<KillaBeezException>(() => done.WaitAsync(_bound)));
            await echoing.WaitAsync(_bound);
        }

        await system.Terminate();
    }

    /// <summary>What the substream's actor does, until the application has given both pipes back or something fails.</summary>
    private static async Task EchoAsync(SubstreamPipes pipes, Func<Exception?>? failure = null)
    {
        var (hasWriter, hasReader) = (true, true);
        while (hasWriter || hasReader)
        {
            if (failure?.Invoke() is { } error)
            {
                pipes.Complete(error);
                return;
            }

            if (hasWriter)
            {
                var read = await pipes.ActorInput.ReadAsync();
                foreach (var segment in read.Buffer)
                {
                    pipes.ActorOutput.Write(segment.Span);
                }

                pipes.ActorInput.AdvanceTo(read.Buffer.End);
                hasWriter = !read.IsCompleted;
            }

            hasReader = !(await pipes.ActorOutput.FlushAsync()).IsCompleted;
            await Task.Yield();
        }

        pipes.Complete(error: null);
    }
}
