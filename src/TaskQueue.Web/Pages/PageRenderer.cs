using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.Logging;

namespace TaskQueue.Web.Pages;

/// <summary>Makes HTML of Razor components, which encode all that they show. What a component shows is handed to it by <c>@inject</c>, by its type.</summary>
/// <remarks>The framework's renderer by itself: nothing of it that forms, circuits or sessions would need is there. May be used from several threads.</remarks>
/// <param name="logging">Where the renderer logs to.</param>
internal sealed class PageRenderer(ILoggerFactory logging)
{
    /// <summary>Renders a component.</summary>
    /// <typeparam name="TComponent">The component.</typeparam>
    /// <param name="given">What it and those in it show, each of another type.</param>
    public Task<string> RenderAsync<TComponent>(params object[] given)
        where TComponent : IComponent => RenderAsync(typeof(TComponent), given);

    /// <inheritdoc cref="RenderAsync{TComponent}"/>
    public async Task<string> RenderAsync(Type component, params object[] given)
    {
        await using var renderer = new HtmlRenderer(new Given([.. given, logging]), logging);
        return await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync(component)).ToHtmlString());
    }

    private sealed class Given(object[] all) : IServiceProvider
    {
        public object? GetService(Type serviceType) => Array.Find(all, serviceType.IsInstanceOfType);
    }
}
