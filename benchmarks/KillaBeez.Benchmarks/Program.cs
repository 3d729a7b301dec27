using KillaBeez.Benchmarks;

return await Catalog.RunAsync(args, Console.Out);
