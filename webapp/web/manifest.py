"""The web app manifest, with which a phone installs the site as an app.

W3C Web Application Manifest. It is the same for everybody who reads one language.
"""

from typing import Any

from flask import Blueprint, Flask, current_app, url_for
from flask.typing import ResponseReturnValue

from webapp.translations import get_language_code
from webapp.translations import gettext as _
from webapp.web.access import public
from webapp.web.assets.static_files import static_url
from webapp.web.languages import has_language_in_address

MEDIA_TYPE = "application/manifest+json"
#: How long a copy may be used, seconds.
MAX_AGE_S = 24 * 3600
#: As ``--background`` of base.css. A manifest has no colours for a dark scheme: the
#: page's own theme-color has.
BACKGROUND = "#fbfaf7"

blueprint = Blueprint("manifest", __name__)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)


@blueprint.get("/manifest.webmanifest")
@public
@has_language_in_address
def show() -> ResponseReturnValue:
    """The name, icons and shortcuts of the site as an app."""
    response = current_app.json.response(_make_manifest())
    response.mimetype = MEDIA_TYPE
    response.headers["Cache-Control"] = f"public, max-age={MAX_AGE_S}"
    return response


# Any: as in JSON.
def _make_manifest() -> dict[str, Any]:
    return {
        "id": "/",
        "name": "MovR",
        "short_name": "MovR",
        "description": _("Find a bike or scooter near you, unlock it with your phone, and ride."),
        "lang": get_language_code(),
        "dir": "ltr",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": BACKGROUND,
        "theme_color": BACKGROUND,
        "categories": ["travel", "navigation"],
        "icons": [
            {"src": static_url("img/mark.svg"), "sizes": "any", "type": "image/svg+xml"},
            _make_image("icon-192.png", "192x192"),
            _make_image("icon-512.png", "512x512"),
            _make_image("maskable-512.png", "512x512", purpose="maskable"),
        ],
        "screenshots": [
            _make_image(
                "phone.png", "780x1688", form_factor="narrow", label=_("Vehicles near you")
            ),
            _make_image("desk.png", "1280x800", form_factor="wide", label=_("Vehicles near you")),
        ],
        "shortcuts": [
            _describe_shortcut(_("Map"), "fleet.search.home"),
            _describe_shortcut(_("Rides"), "rides.history.index"),
            _describe_shortcut(_("Wallet"), "riders.wallet.overview.index"),
        ],
    }


def _make_image(name: str, sizes: str, **members: str) -> dict[str, str]:
    return {"src": static_url(f"img/app/{name}"), "sizes": sizes, "type": "image/png", **members}


def _describe_shortcut(name: str, endpoint: str) -> dict[str, Any]:
    icon = _make_image("icon-192.png", "192x192")
    return {"name": name, "url": url_for(endpoint), "icons": [icon]}
