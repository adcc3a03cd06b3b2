using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TaskQueue.Client;
using TaskQueue.Client.Registration;

// Where programs find the methods that add services, as those of all libraries.
#pragma warning disable IDE0130
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>Adds a <see cref="TaskQueueClient"/> to the services of a program.</summary>
/// <remarks>There is one client, and so one connection, for the whole program. It connects when it is first used, not when it is made, so a program starts while its
/// broker is away; its container closes it, which has to be done asynchronously, as hosts do it.</remarks>
public static class TaskQueueClientServiceCollectionExtensions
{
    /// <summary>Adds a client whose options are in the program's configuration.</summary>
    /// <param name="services">The program's services.</param>
    /// <param name="section">A section with the properties of <see cref="TaskQueueClientOptions"/>, such as <c>Broker:Hosts</c>, which is a list of hosts, each with its
    /// port or without. It is read when the client is made; what cannot be read is an <see cref="InvalidOperationException"/> then.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddTaskQueueClient(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return services.AddTaskQueueClient(_ => ClientConfiguration.Read(section));
    }

    /// <summary>Adds a client whose options the program makes.</summary>
    /// <param name="services">The program's services.</param>
    /// <param name="options">Makes the options when the client is made. Where they name no log or clock, those among the services are used.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddTaskQueueClient(this IServiceCollection services, Func<IServiceProvider, TaskQueueClientOptions> options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        services.TryAddSingleton(provider =>
        {
            var made = options(provider);
            return TaskQueueClient.ConnectOnFirstUse(made with
            {
                LoggerFactory = made.LoggerFactory is NullLoggerFactory && provider.GetService<ILoggerFactory>() is { } log ? log : made.LoggerFactory,
                TimeProvider = made.TimeProvider == TimeProvider.System && provider.GetService<TimeProvider>() is { } time ? time : made.TimeProvider,
            });
        });
        return services;
    }
}
