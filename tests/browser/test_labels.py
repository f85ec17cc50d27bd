"""Labels as a printer gets them."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.browser.screen import Screen
from tests.factories import UserFactory, VehicleFactory
from webapp.fleet.unlock_codes.label_sheets import LABEL_HEIGHT_MM, LABEL_WIDTH_MM, LABELS_PER_SHEET


@pytest.mark.browser
def test_a_sheet_is_one_page_of_a4(
    open_screen: Callable[..., Screen],
    app: Flask,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
) -> None:
    ada = make_user("ada")
    for _ in range(LABELS_PER_SHEET):
        make_vehicle(owner=ada)
    visitor = app.test_client().sign_in(ada)  # type: ignore[attr-defined]
    cookie = visitor.get_cookie("movr")
    screen = open_screen(color_scheme="dark")
    screen.page.context.add_cookies([{"name": "movr", "value": cookie.value, "url": screen.site}])
    page = screen.go("/vehicles/mine/labels")
    screen.shoot("screen")
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    size = re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", printed)
    assert size
    assert [round(float(number) / 72 * 25.4) for number in size.groups()] == [210, 297]
    page.emulate_media(media="print")
    box = page.locator(".vehicle-labels svg[role=img]").first.bounding_box()
    assert box
    assert [round(box[side] / 96 * 25.4, 1) for side in ("width", "height")] == [
        LABEL_WIDTH_MM,
        LABEL_HEIGHT_MM,
    ]
