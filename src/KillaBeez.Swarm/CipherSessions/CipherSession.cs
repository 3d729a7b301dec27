using KillaBeez.Swarm.CipherSessions.Noise;

namespace KillaBeez.Swarm.CipherSessions;

/// <summary>
/// The sealed messages of one link after its handshake. The link is ordered and reliable, so nonces are counted
/// and not sent; a message that does not open ends the session, and with it the link. Each direction's key is
/// replaced after <see cref="CipherLimits.RekeyMessages"/> messages or <see cref="CipherLimits.RekeyBytes"/>
/// plaintext bytes, whichever comes first: both ends count alike, so nothing is said about it. Sealing and opening
/// allocate nothing, but for the new key. One owner; keys are zeroed on dispose.
/// </summary>
internal sealed class CipherSession : IDisposable
{
    /// <summary>What sealing adds to a message.</summary>
    public const int OverheadBytes = CipherState.TagBytes;

    private readonly CipherDirection _sending;
    private readonly CipherDirection _receiving;

    internal CipherSession(CipherState sending, CipherState receiving)
    {
        _sending = new CipherDirection(sending);
        _receiving = new CipherDirection(receiving);
    }

    /// <summary>
    /// Whether the session is over: a message did not open, the nonces of a direction are used up, or it was
    /// disposed. The owner closes the link.
    /// </summary>
    public bool IsClosed { get; private set; }

    /// <summary>Seals one message of at most 65,519 bytes; returns its size, <see cref="OverheadBytes"/> more.</summary>
    /// <param name="plaintext">Must not overlap the destination.</param>
    /// <param name="destination">Room for the plaintext and <see cref="OverheadBytes"/>.</param>
    /// <exception cref="InvalidOperationException">The session is closed.</exception>
    public int Seal(ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        if (IsClosed)
        {
            throw new InvalidOperationException("The cipher session is closed.");
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(plaintext.Length, CipherLimits.MaxPlaintextBytes, nameof(plaintext));
        var written = _sending.State.Encrypt(default, plaintext, destination);
        IsClosed = !_sending.Count(plaintext.Length);
        return written;
    }

    /// <summary>Opens one message. False: it is not the peer's next one, and the session is closed.</summary>
    /// <param name="message">At most 65,535 bytes; must not overlap the destination.</param>
    /// <param name="destination">Room for the message without <see cref="OverheadBytes"/>.</param>
    /// <param name="bytes">The plaintext's size.</param>
    public bool TryOpen(ReadOnlySpan<byte> message, Span<byte> destination, out int bytes)
    {
        bytes = 0;
        if (IsClosed)
        {
            return false;
        }

        var plaintextBytes = message.Length - OverheadBytes;
        if (plaintextBytes < 0 || message.Length > CipherLimits.MaxMessageBytes || plaintextBytes > destination.Length
            || !_receiving.State.TryDecrypt(default, message, destination, out bytes))
        {
            bytes = 0;
            IsClosed = true;
            return false;
        }

        IsClosed = !_receiving.Count(bytes);
        return true;
    }

    public void Dispose()
    {
        IsClosed = true;
        _sending.State.Dispose();
        _receiving.State.Dispose();
    }

    /// <summary>One direction's key and what it has sealed since it was last replaced.</summary>
    private sealed class CipherDirection(CipherState state)
    {
        private int _messages;
        private long _bytes;

        public CipherState State { get; } = state;

        /// <summary>Counts a message, replacing the key where it is due. False: no nonce is left.</summary>
        public bool Count(int plaintextBytes)
        {
            _messages++;
            _bytes += plaintextBytes;
            if (_messages >= CipherLimits.RekeyMessages || _bytes >= CipherLimits.RekeyBytes)
            {
                State.Rekey();
                _messages = 0;
                _bytes = 0;
            }

            return !State.IsExhausted;
        }
    }
}
