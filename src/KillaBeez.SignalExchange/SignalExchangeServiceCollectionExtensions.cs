using KillaBeez.SignalExchange.Connections;
using KillaBeez.SignalExchange.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace KillaBeez.SignalExchange;

/// <summary>Adds a signal exchange to an application's services.</summary>
public static class SignalExchangeServiceCollectionExtensions
{
    /// <summary>
    /// Adds one signal exchange, which starts and stops with the host. Map it with
    /// <see cref="SignalExchangeEndpointRouteBuilderExtensions.MapSignalExchange"/>.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the options; may be null.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddSignalExchange(this IServiceCollection services, Action<SignalExchangeOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<SignalExchangeOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SignalExchangeOptions>, OptionsValidator>());
        if (configure is not null)
        {
            services.Configure(configure);
        }

        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ExchangeLoop>();
        services.TryAddSingleton<AddressLimiter>(provider =>
            new AddressLimiter(provider.GetRequiredService<IOptions<SignalExchangeOptions>>().Value.MaximumConnectionsPerAddress));
        services.TryAddSingleton<ExchangeEndpoint>();
        services.TryAddSingleton<ExchangeMetrics>();
        services.AddHostedService(provider => provider.GetRequiredService<ExchangeLoop>());
        return services;
    }

    private sealed class OptionsValidator : IValidateOptions<SignalExchangeOptions>
    {
        public ValidateOptionsResult Validate(string? name, SignalExchangeOptions options) =>
            options.FirstMistake() is { } mistake ? ValidateOptionsResult.Fail(mistake) : ValidateOptionsResult.Success;
    }
}
