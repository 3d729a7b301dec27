// Peers share two cores with the stack under test: one at a time, or a slow one fails for want of processor time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
