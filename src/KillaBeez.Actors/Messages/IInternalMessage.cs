namespace KillaBeez.Actors.Messages;

/// <summary>
/// What actors of one node say to each other. It never leaves the process, and may carry what no serializer knows:
/// awaited replies, buffers that change their owner, links. So it is not tried where a user's system has
/// <c>akka.actor.serialize-messages</c> on.
/// </summary>
internal interface IInternalMessage : INoSerializationVerificationNeeded;

/// <summary>
/// A message that may well come after its receiver has ended, which then is no loss: it is not reported as a dead
/// letter.
/// </summary>
internal interface ILateMessage : IInternalMessage, IDeadLetterSuppression;
