"""What shows a developer how a page is made: a toolbar, and a profile of one request.

Only the development environment imports this. Both answer this machine only: a development server
may be open to the network, for a phone, and they show what the server knows.
"""

import re

from flask import Flask, Response, g, request
from werkzeug.utils import import_string

from webapp.web.access import public
from webapp.web.security_headers import csp_nonce, make_content_security_policy

#: Addresses of this machine.
LOOPBACK = ("127.0.0.1", "::1")
#: Without the settings (the panel would show SECRET_KEY) and without the profiler.
PANELS = tuple(
    f"flask_debugtoolbar.panels.{name}"
    for name in (
        "timer.TimerDebugPanel",
        "headers.HeaderDebugPanel",
        "request_vars.RequestVarsDebugPanel",
        "template.TemplateDebugPanel",
        "sqlalchemy.SQLAlchemyDebugPanel",
        "logger.LoggingPanel",
        "route_list.RouteListDebugPanel",
    )
)
TOOLBAR = "/_debug_toolbar/"
#: Of the page of a profile, which has scripts and styles within it and loads nothing.
PROFILE_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
)


def init_app(app: Flask) -> None:
    """Add the tools. Call it last: they see a response before it is compressed."""
    app.before_request(_start_profile)
    app.after_request(_show_profile)  # runs after what the toolbar does
    if language := app.config["PSEUDO_LANGUAGE"]:
        app.config["LANGUAGES"] += (language,)
    if app.config["DEBUG_TOOLBAR"]:
        _init_toolbar(app)


def _is_local() -> bool:
    return request.remote_addr in LOOPBACK


# --- the profile ------------------------------------------------------------------------------


def _start_profile() -> None:
    """Profile a request whose address has ``?profile``."""
    if "profile" in request.args and _is_local():
        g.profiler = import_string("pyinstrument:Profiler")(interval=0.0005)
        g.profiler.start()


def _show_profile(response: Response) -> Response:
    """Answer with the profile, in place of the page."""
    if profiler := g.pop("profiler", None):
        profiler.stop()
        response = Response(profiler.output_html(), mimetype="text/html")
        response.headers["Content-Security-Policy"] = PROFILE_POLICY
    return response


# --- the toolbar ------------------------------------------------------------------------------


def _init_toolbar(app: Flask) -> None:
    app.config.update(
        DEBUG_TB_ENABLED=True,
        DEBUG_TB_HOSTS=LOOPBACK,
        DEBUG_TB_INTERCEPT_REDIRECTS=False,
        DEBUG_TB_PANELS=PANELS,
    )
    app.after_request(_allow_toolbar)  # runs after that of the toolbar, which is added next
    import_string("flask_debugtoolbar:DebugToolbarExtension")(app)
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(TOOLBAR):
            view = app.view_functions[rule.endpoint]
            app.view_functions[rule.endpoint] = public(_local_only(view))


def _local_only(view):  # type: ignore[no-untyped-def]
    def answer(**values: str):  # type: ignore[no-untyped-def]
        return view(**values) if _is_local() else ("", 404)

    return answer


def _allow_toolbar(response: Response) -> Response:
    """Give the scripts of the toolbar the nonce of the page, and allow its styles."""
    is_page = response.mimetype == "text/html" and response.is_sequence
    if is_page and b'id="flDebug"' in response.data:
        nonce = f'<script nonce="{csp_nonce()}"'
        head, mark, toolbar = response.get_data(as_text=True).partition('<div id="flDebug"')
        response.set_data(head + mark + re.sub(r"<script(?! nonce)", nonce, toolbar))
        policy = make_content_security_policy()
        policy = policy.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
        response.headers["Content-Security-Policy"] = policy
    return response
