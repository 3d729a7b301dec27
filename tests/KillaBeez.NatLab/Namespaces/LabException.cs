namespace KillaBeez.NatLab.Namespaces;

/// <summary>The lab itself failed: the message is what the system said.</summary>
internal sealed class LabException(string message) : Exception(message);
