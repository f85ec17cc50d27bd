"""What tests of the pages of zones share."""

import json
from typing import Any

from tests.fleet.zones.zone_files import square
from tests.surface.site import parse_forms
from tests.visitor import Visitor

ZONES = "/fleet/zones/new%20york"
SQUARE_AREA = json.dumps({"type": "Polygon", "coordinates": square()})
SMALLER_AREA = json.dumps({"type": "Polygon", "coordinates": square(side=0.004)})


def send_form(browser: Visitor, path: str, **values: Any) -> Any:
    """Open a page of a zone and send its form with other values, as a browser does."""
    forms = parse_forms(browser.get(path).text, path)
    form = next(each for each in forms if "effective_from" in each.fields)
    data = {**form.fields, **values}
    return browser.post(path, data=data, content_type="multipart/form-data")
