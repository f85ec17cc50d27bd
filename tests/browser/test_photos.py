"""Reporting a vehicle with photos, as people do it: with JavaScript, and without."""

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.screen import PHONE, Screen
from tests.factories import UserFactory, VehicleFactory

SIZES = "[...document.querySelectorAll('input[type=file]')].map((i) => i.files[0]?.size ?? 0)"

NAME = "document.querySelector('input[type=file]').files[0].name"


def photo() -> FilePayload:
    """A photo as a phone takes it, of some megabytes."""
    file = BytesIO()
    Image.effect_noise((3000, 2000), 80).convert("RGB").save(file, "JPEG", quality=95)
    return {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def sign_in_to(screen: Screen, path: str) -> Page:
    page = screen.sign_in("ada", path)
    expect(page.get_by_role("heading", name="Report a problem")).to_be_visible()
    return page


def send(page: Page) -> None:
    page.get_by_label("What is wrong?").select_option("damage")
    page.get_by_role("button", name="Send report").click()
    page.wait_for_url("**/reports/*")
    picture = page.get_by_alt_text("Photo 1")
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("(img) => img.naturalWidth") >= 800


@pytest.mark.browser
@pytest.mark.parametrize("with_script", [True, False], ids=["with JavaScript", "without"])
def test_a_photo_is_shown_before_and_after_it_is_sent(
    open_screen: Callable[..., Screen],
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    with_script: bool,
) -> None:
    make_user("ada")
    screen = open_screen(PHONE, java_script_enabled=with_script)
    page = sign_in_to(screen, f"/vehicles/{make_vehicle().public_key}/report")
    taken = photo()
    assert len(taken["buffer"]) > 2_000_000
    page.get_by_label("Photo", exact=True).set_input_files(taken)
    if with_script:
        expect(page.locator(".photo-preview")).to_be_visible()
        assert 0 < page.evaluate(SIZES)[0] < 1_500_000
        assert page.evaluate(NAME) == taken["name"]
        screen.inspect("chosen")
    send(page)


@pytest.mark.browser
def test_a_file_that_the_browser_cannot_read_is_refused_by_the_server(
    open_screen: Callable[..., Screen],
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
) -> None:
    make_user("ada")
    screen = open_screen(PHONE)
    page = sign_in_to(screen, f"/vehicles/{make_vehicle().public_key}/report")
    page.get_by_label("What is wrong?").select_option("damage")
    page.get_by_label("Details").fill("It squeaks.")
    odd: FilePayload = {
        "name": "a.jpg",
        "mimeType": "image/jpeg",
        "buffer": b"<svg onload=alert(1)>",
    }
    page.get_by_label("Second photo").set_input_files(odd)
    page.get_by_role("button", name="Send report").click()
    expect(page.get_by_text("t read this photo. Send a JPEG, PNG or WebP file.")).to_be_visible()
    expect(page.get_by_label("Details")).to_have_value("It squeaks.")
    expect(page.get_by_label("Second photo")).to_be_focused()
