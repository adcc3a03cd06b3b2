using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;
using TaskQueue.Hosting;
using TaskQueue.Messaging;
using TaskQueue.Web.Access;
using TaskQueue.Web.Actions;
using TaskQueue.Web.Aside;
using TaskQueue.Web.Audit;
using TaskQueue.Web.Doctor;
using TaskQueue.Web.Functions;
using TaskQueue.Web.History;
using TaskQueue.Web.Live;
using TaskQueue.Web.Pages;
using TaskQueue.Web.Services;
using TaskQueue.Web.Tasks;

namespace TaskQueue.Web;

/// <summary>The web server: what every request passes on its way, and what answers where.</summary>
internal static class WebServer
{
    // Whoever sends its headers more slowly makes room for others.
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(10), IdleTimeout = TimeSpan.FromMinutes(2);

    /// <summary>Begins to listen.</summary>
    /// <returns>The server; disposing of it ends it.</returns>
    /// <exception cref="ConfigurationException">It cannot listen there, or has no such certificate.</exception>
    public static async Task<WebApplication> StartAsync(ServiceContext context, WebParts parts, ILogger logger)
    {
        var configuration = context.Configuration;
        var app = Build(context, parts, logger);
        try
        {
            await app.StartAsync(context.Signals.StopTaking);
            logger.Listening($"{(configuration.Web.CertFile is null ? "http" : "https")}://{configuration.Web.Listen}{configuration.Web.BasePath}");
            return app;
        }
        catch (Exception e) when (e is IOException or SocketException or CryptographicException)
        {
            await app.DisposeAsync();
            throw new ConfigurationException($"{configuration.FileName}: [web] listen = {configuration.Web.Listen}: {e.Message}");
        }
    }

    private static WebApplication Build(ServiceContext context, WebParts parts, ILogger logger)
    {
        var options = context.Configuration.Web;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => Limit(kestrel, options));
        builder.Services.AddSingleton<ILoggerFactory>(new FrameworkLogging(context.Logging));
        var users = new ProxyUsers(options);
        builder.Services.AddSingleton(users);
        var callers = new CallerSource(parts.Tokens, parts.Sessions, users);
        builder.Services.AddSingleton(callers);
        var answers = new PageAnswers(new PageRenderer(context.Logging), hasLogin: parts.Tokens is not null, TimeProvider.System);
        builder.Services.AddSingleton(answers);
        builder.Services.AddRoutingCore();
        builder.Services.AddCallers();
        builder.Services.AddCallerRates(options.RequestsPerSecond);
        builder.Services.AddOpenApi("v1", ApiDescription.Describe);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = context.Configuration.Service.ShutdownTimeout);
        builder.Services.Configure<ForwardedHeadersOptions>(forwarded => Trust(forwarded, options.TrustedProxies));

        var app = builder.Build();
        app.UseMiddleware<RequestEdge>();
        app.UsePathBase(options.BasePath);
        app.UseMiddleware<ProxyMark>();
        app.UseForwardedHeaders();
        app.UseMiddleware<SameOrigin>();
        app.UseRouting();
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();

        app.MapHealth(parts.Broker);
        app.MapOpenApi("/api/{documentName}/openapi.json").RequireAuthorization(nameof(WebRole.Viewer));
        var api = app.MapGroup("/api/v1");
        var submission = new Submission(parts.Client, parts.Once);
        var actions = new OperatorActions(parts.Fleet, parts.Aside, parts.Audit);
        new TaskEndpoints(submission, parts.Fleet, actions, parts.History).Map(api);
        if (parts.History is not null)
        {
            new HistoryEndpoints(parts.History).Map(api);
        }

        new ServiceEndpoints(parts.Fleet, actions).Map(api);
        new AsideEndpoints(parts.Aside, actions).Map(api);
        new DoctorEndpoints(parts.Doctor).Map(api);
        new AuditEndpoints(parts.Audit).Map(api);
        if (context.Configuration.Routes.Count > 0)
        {
            new FunctionEndpoint(submission, context.Configuration.Routes).Map(app);
        }

        var pages = Dashboard.Map(app, parts, actions, answers, new QueueNames(context.Configuration.Broker.QueuePrefix), TimeProvider.System);
        new LiveEndpoints(answers, callers, TimeProvider.System, logger, app.Lifetime.ApplicationStopping).Map(app, pages);
        if (parts.Tokens is { } tokens)
        {
            new LoginEndpoints(tokens, parts.Sessions, parts.Audit, answers, TimeProvider.System, logger).Map(app);
        }

        app.MapFallback(NoSuchPath.Answer).AllowAnonymous();
        return app;
    }

    private static void Limit(KestrelServerOptions kestrel, WebOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.RequestHeadersTimeout = HeadersTimeout;
        kestrel.Limits.KeepAliveTimeout = IdleTimeout;
        kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
        kestrel.Listen(options.Listen!, listen =>
        {
            if (options.CertFile is not null)
            {
                listen.UseHttps(X509Certificate2.CreateFromPemFile(options.CertFile, options.KeyFile));
            }
        });
    }

    private static void Trust(ForwardedHeadersOptions forwarded, IReadOnlyList<System.Net.IPNetwork> proxies)
    {
        // Nobody is believed who is not named.
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var network in proxies)
        {
            forwarded.KnownIPNetworks.Add(network);
        }

        forwarded.ForwardedHeaders = proxies.Count > 0 ? ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost : ForwardedHeaders.None;
    }
}
