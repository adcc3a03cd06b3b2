using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;
using TaskQueue.Web.Actions;
using TaskQueue.Web.Audit;
using TaskQueue.Web.Pages;

namespace TaskQueue.Web.Access;

/// <summary><c>/login</c> and <c>/logout</c>: a browser is known by a cookie after its person has given a token once.</summary>
/// <param name="tokens">The tokens.</param>
/// <param name="sessions">The sessions.</param>
/// <param name="audit">Who did what.</param>
/// <param name="answers">Makes pages.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where logins are told of.</param>
internal sealed class LoginEndpoints(TokenFile tokens, SessionStore sessions, AuditLog audit, PageAnswers answers, TimeProvider time, ILogger logger)
{
    /// <summary>Where a person logs in.</summary>
    public const string LoginPath = "/login";

    private readonly LoginRates _rates = new(time);

    /// <summary>Adds them.</summary>
    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(LoginPath, ShowAsync).AllowAnonymous().ExcludeFromDescription();
        app.MapPost(LoginPath, LoginAsync).AllowAnonymous().ExcludeFromDescription();
        app.MapPost("/logout", LogoutAsync).RequireAuthorization(nameof(WebRole.Viewer)).ExcludeFromDescription();
    }

    private async Task ShowAsync(HttpContext context)
    {
        var next = context.Request.Query["next"].ToString();
        var result = Caller.In(context) is null ? await FormAsync(context, next, problem: null, StatusCodes.Status200OK) : Results.Redirect(Target(context, next));
        await result.ExecuteAsync(context);
    }

    private async Task LoginAsync(HttpContext context) => await (await TryLoginAsync(context)).ExecuteAsync(context);

    private async Task<IResult> TryLoginAsync(HttpContext context)
    {
        var form = await ActionForm.ReadFormAsync(context.Request);
        var (token, next) = (form["token"].ToString().Trim(), form["next"].ToString());
        var address = AuditEntry.AddressOf(context);
        if (!_rates.MayTry(address))
        {
            context.Response.Headers.RetryAfter = LoginRates.Window.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            return await FormAsync(context, next, $"Too many logins from {address} have failed; try again in a minute.", StatusCodes.Status429TooManyRequests);
        }

        if (tokens.Find(token) is not { } caller)
        {
            _rates.Failed(address);
            logger.LoginFailed(address, "nobody has that token");
            return await FormAsync(context, next, "Nobody has that token.", StatusCodes.Status401Unauthorized);
        }

        SessionCookie.Give(context, sessions.Begin(WebToken.HashOf(token)));
        logger.LoggedIn(caller.Name, address);
        await audit.NoteAsync(new AuditEntry(caller.Name, address, "login", "", AuditOutcomes.Done));
        return SeeOther.At(Target(context, next));
    }

    private async Task LogoutAsync(HttpContext context)
    {
        if (SessionCookie.In(context.Request) is { } secret)
        {
            sessions.End(secret);
            await audit.NoteAsync(AuditEntry.Of(context, "logout", "", AuditOutcomes.Done));
        }

        SessionCookie.Take(context);
        await SeeOther.At(context.Request.PathBase.ToUriComponent() + LoginPath).ExecuteAsync(context);
    }

    private Task<IResult> FormAsync(HttpContext context, string next, string? problem, int status) =>
        answers.PageAsync(context, LoginPath, new PageContent("Log in", typeof(LoginLive), new LoginModel(IsHere(next) ? next : "", problem)) { Status = status });

    // Only to a page of ours.
    private static string Target(HttpContext context, string next) => context.Request.PathBase.ToUriComponent() + (IsHere(next) ? next : "/");

    private static bool IsHere(string next) => next.StartsWith('/') && RedirectHttpResult.IsLocalUrl(next) && !next.Any(char.IsControl);
}
