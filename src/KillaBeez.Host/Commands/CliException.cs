namespace KillaBeez.Cli.Commands;

/// <summary>The command cannot do what it was asked to; the message is one line that says what to do about it.</summary>
internal sealed class CliException : Exception
{
    public CliException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
