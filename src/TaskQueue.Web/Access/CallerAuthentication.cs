using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskQueue.Configuration;
using TaskQueue.Web.Pages;

namespace TaskQueue.Web.Access;

/// <summary>What the framework asks for callers by.</summary>
internal sealed class CallerAuthentication(
    CallerSource source, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    /// <summary>The name of the scheme.</summary>
    public const string SchemeName = "token";

    private string? _problem;

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (source.Find(Context, out _problem) is not { } caller)
        {
            return Task.FromResult(_problem is null ? AuthenticateResult.NoResult() : AuthenticateResult.Fail(_problem));
        }

        caller.NoteIn(Context);
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(caller.ToPrincipal(), SchemeName)));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (_problem is null && source.HasLogin && HttpMethods.IsGet(Request.Method) && PageAnswers.WantsPage(Request))
        {
            var here = Request.Path.ToUriComponent() + Request.QueryString.ToUriComponent();
            Response.Redirect($"{Request.PathBase.ToUriComponent()}{LoginEndpoints.LoginPath}{(here == "/" ? "" : $"?next={Uri.EscapeDataString(here)}")}");
            return Task.CompletedTask;
        }

        // RFC 6750, section 3
        Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.Of(StatusCodes.Status401Unauthorized, _problem is null ? source.Remedy : $"{_problem} {source.Remedy}").ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Problems.Of(StatusCodes.Status403Forbidden, Caller.Of(Context).TooLittle).ExecuteAsync(Context);
}

/// <summary>Adds callers and roles to the services of a web application.</summary>
internal static class CallerServices
{
    /// <summary>Adds them; a policy for each role has its name.</summary>
    public static void AddCallers(this IServiceCollection services)
    {
        services.AddAuthentication(CallerAuthentication.SchemeName).AddScheme<AuthenticationSchemeOptions, CallerAuthentication>(CallerAuthentication.SchemeName, configureOptions: null);
        var authorization = services.AddAuthorizationBuilder();
        foreach (var role in Enum.GetValues<WebRole>())
        {
            authorization.AddPolicy(role.ToString(), policy => policy.RequireAssertion(context => context.Resource is HttpContext http && Caller.In(http)?.Role >= role));
        }

        // What says nothing is for nobody but admins.
        authorization.SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAssertion(context => context.Resource is HttpContext http && Caller.In(http)?.Role == WebRole.Admin).Build());
    }
}
