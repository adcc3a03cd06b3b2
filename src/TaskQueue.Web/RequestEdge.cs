using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TaskQueue.Client;
using TaskQueue.Messaging;
using TaskQueue.Web.History;
using TaskQueue.Web.Pages;

namespace TaskQueue.Web;

/// <summary>The edge of a request: what goes wrong in it becomes its answer.</summary>
internal sealed class RequestEdge(RequestDelegate next, ILoggerFactory logging)
{
    private readonly ILogger _logger = logging.CreateLogger("TaskQueue.Web");

    public async Task InvokeAsync(HttpContext context)
    {
        PageSecurity.Protect(context.Response);
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for the answer.
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            await Answer(e, context.Request.Path).ExecuteAsync(context);
        }
    }

    private IResult Answer(Exception exception, PathString path)
    {
        switch (exception)
        {
            case BadHttpRequestException bad:
                return Problems.Of(bad.StatusCode, bad.Message);
            case InvalidDataException form:
                return Problems.Of(StatusCodes.Status400BadRequest, Sentence.Whole(form.Message));
            case EnqueueFailedException failed:
                return Problems.Of(StatusCodes.Status503ServiceUnavailable, failed.Message);
            case HistoryUnreadableException unreadable:
                return Problems.Of(StatusCodes.Status503ServiceUnavailable, $"The history cannot be read: {Sentence.Whole(unreadable.Message)} Tasks go on without it.");
            case LookRefusedException look:
                return Problems.Of(StatusCodes.Status409Conflict, Sentence.Whole(look.Message));
            case BrowsingEndedException ended:
                return Problems.Of(StatusCodes.Status503ServiceUnavailable, Sentence.Whole(ended.Message));
            case TimeoutException late:
                return Problems.Of(StatusCodes.Status503ServiceUnavailable, late.Message);
            case BrokerRefusedException refused:
                return Problems.Of(StatusCodes.Status503ServiceUnavailable, $"The broker refuses: {Sentence.Whole(refused.Message)}");
            default:
                _logger.RequestFailed(exception, path);
                return Problems.Of(StatusCodes.Status500InternalServerError, "This is an error of taskqueue-web; its log tells what went wrong.");
        }
    }
}
