using KillaBeez.WebRtc.PeerConnections;
using KillaBeez.WebRtc.Tests.PeerConnections;

namespace KillaBeez.WebRtc.Tests.Io;

/// <summary>A transfer over one channel that must arrive whole and in order, whatever happens to the path meanwhile.</summary>
internal sealed class TransferCheck
{
    private const int MessageBytes = 16 * 1024;
    private const ulong Seed = 7;

    private readonly MessageStream _expected;
    private readonly MessageStream _sent;
    private readonly TaskCompletionSource<bool> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TransferCheck(long totalBytes)
    {
        _expected = new MessageStream(Seed, MessageBytes, MessageBytes, totalBytes);
        _sent = new MessageStream(Seed, MessageBytes, MessageBytes, totalBytes);
    }

    /// <summary>True when everything has arrived as it was sent.</summary>
    public Task<bool> Done => _done.Task;

    public void Receive(DataChannel channel) => channel.MessageReceived += (_, message, _) =>
    {
        var isRight = message.Span.SequenceEqual(_expected.Next());
        if (!isRight || _expected.IsAtEnd)
        {
            _done.TrySetResult(isRight);
        }
    };

    /// <summary>Sends everything; after <paramref name="atMessage"/> messages something else is done first.</summary>
    public async Task SendAsync(DataChannel channel, int atMessage = -1, Func<Task>? meanwhile = null)
    {
        for (var i = 0; !_sent.IsAtEnd; i++)
        {
            if (i == atMessage)
            {
                await meanwhile!();
            }

            await channel.SendAsync(_sent.Next().ToArray());
        }
    }
}
