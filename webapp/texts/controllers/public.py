"""The pages of the texts, for everybody."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp.regions.catalogue import catalogue, city_or_404, visitors_city
from webapp.texts.enums import TextKind
from webapp.texts.published_texts import find_text
from webapp.web.access import public

bp = Blueprint("pages", __name__)


@bp.get("/terms")
@public
def terms() -> ResponseReturnValue:
    """The terms of service of a city."""
    return _show(TextKind.TERMS)


@bp.get("/privacy")
@public
def privacy() -> ResponseReturnValue:
    """The privacy policy of a city."""
    return _show(TextKind.PRIVACY)


@bp.get("/help")
@public
def help_() -> ResponseReturnValue:
    """How everything works, in a city."""
    return _show(TextKind.HELP)


def _show(kind: TextKind) -> ResponseReturnValue:
    city_name = request.args.get("city")
    city = city_or_404(city_name) if city_name else visitors_city()
    return render_template(
        "texts/page.html", text=find_text(kind, city), city=city, cities=catalogue().all()
    )
