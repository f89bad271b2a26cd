using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;

namespace LoraCluster.Dashboard.Access;

/// <summary>How <see cref="PageAccess"/> is kept: host names, the origin of what changes something, the token's cookie, headers.</summary>
internal static class AccessPipeline
{
    private const string LoginPath = "/login", Cookie = "loracluster-pages";

    // Styles inline: MudBlazor sets the sizes of its popovers by them. Scripts come from files alone.
    private const string ContentPolicy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        + "font-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    public static void AddPageAccess(this WebApplicationBuilder builder, PageAccess access)
    {
        builder.Configuration["AllowedHosts"] = string.Join(';', access.Hosts);
        // Keys in memory: a cookie ends with the process that gave it.
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(options =>
        {
            options.LoginPath = LoginPath;
            options.Cookie.Name = Cookie;
            options.Cookie.HttpOnly = true;
            options.Cookie.SameSite = SameSiteMode.Lax;
            options.ExpireTimeSpan = TimeSpan.FromDays(7);
        });
        builder.Services.AddAuthorization(options =>
            options.FallbackPolicy = access.NeedsToken ? new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build() : null);
    }

    public static void UsePageAccess(this WebApplication app, string withoutPolicy)
    {
        app.Use((context, next) =>
        {
            IHeaderDictionary headers = context.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            if (context.Request.Path.StartsWithSegments(withoutPolicy, StringComparison.OrdinalIgnoreCase)) headers.XFrameOptions = "DENY";
            else headers.ContentSecurityPolicy = ContentPolicy;
            if (IsOfThisSite(context.Request)) return next(context);
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return context.Response.WriteAsync("refused: the request comes from a page of another site");
        });
        app.UseAuthentication();
        app.UseAuthorization();
    }

    public static void MapLogin(this WebApplication app, PageAccess access) => app.MapGet(LoginPath, async (
        HttpContext context, string? t) =>
    {
        if (access.NeedsToken && !access.Accepts(t)) return Results.Text(
            "These pages are for those who have their address with the token. The app host prints it when it starts.\n", statusCode: 401);
        if (access.NeedsToken)
        {
            var who = new ClaimsIdentity([new Claim(ClaimTypes.Name, "user")], CookieAuthenticationDefaults.AuthenticationScheme);
            await context.SignInAsync(new ClaimsPrincipal(who), new AuthenticationProperties { IsPersistent = true });
        }
        // Always home: an address to return to could lead elsewhere.
        return Results.Redirect("/");
    }).AllowAnonymous();

    /// <summary>Browsers name the page behind each request that could change something, and behind each web socket.</summary>
    private static bool IsOfThisSite(HttpRequest request)
    {
        string origin = request.Headers.Origin.ToString();
        return origin.Length == 0
            || Uri.TryCreate(origin, UriKind.Absolute, out Uri? page)
            && string.Equals(page.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase);
    }
}
