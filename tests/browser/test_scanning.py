"""Scanning a label with the camera, in the page that asks for the code."""

from collections.abc import Callable

import pytest
import segno
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.screen import PHONE, Screen
from tests.factories import VehicleFactory
from webapp.fleet.unlock_codes.signatures import sign_code

#: A camera that sees a picture: ``start(url)``.
CAMERA = """
window.cameraStopped = false;
navigator.mediaDevices.getUserMedia = async () => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [640, 480];
  const context = canvas.getContext("2d");
  const picture = new Image();
  window.show = (url) => (picture.src = url);
  const draw = () => {
    context.fillStyle = "#999";
    context.fillRect(0, 0, 640, 480);
    if (picture.complete && picture.naturalWidth) context.drawImage(picture, 170, 90, 300, 300);
  };
  setInterval(draw, 50);
  const stream = canvas.captureStream(20);
  const [track] = stream.getTracks();
  const stop = track.stop.bind(track);
  track.stop = () => { window.cameraStopped = true; stop(); };
  return stream;
};
"""
REFUSAL = """
navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("no", "NAME"); };
"""


def show(page: Page, text: str) -> None:
    page.wait_for_function("() => window.show")
    page.evaluate("url => window.show(url)", segno.make(text, error="m").png_data_uri(scale=8))


@pytest.mark.browser
def test_a_label_is_scanned_in_the_page(
    open_screen: Callable[..., Screen], app: Flask, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle(brand="Scanned")
    with app.app_context():
        signed_code = sign_code(vehicle.code)
    screen = open_screen(PHONE)
    screen.page.add_init_script(CAMERA)
    requests: list[str] = []
    screen.page.on("request", lambda request: requests.append(request.url))
    page = screen.go("/v")
    assert not any("vendor/qr" in url for url in requests)
    page.get_by_role("button", name="Scan the label").click()
    expect(page.get_by_role("button", name="Stop scanning")).to_be_visible()
    show(page, "Everything here is 100% free of charge")
    expect(page.get_by_text("That's not a vehicle label.")).to_be_visible()
    show(page, "https://elsewhere.example/menu")
    expect(page.get_by_text("That's not a vehicle label.")).to_be_visible()
    screen.inspect("scanning")
    show(page, f"https://movr.example/v/{vehicle.region}.{signed_code}")
    expect(page.get_by_role("heading", name="Scanned scooter")).to_be_visible()
    assert page.url.startswith(screen.site)
    assert signed_code in page.url  # who scans is not held to the limit of guesses
    assert any("vendor/qr" in url for url in requests)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("NotAllowedError", "This page can't use the camera."),
        ("NotFoundError", "No working camera found."),
        ("NotReadableError", "The camera didn't start."),
    ],
)
def test_a_camera_that_does_not_start_is_explained(
    open_screen: Callable[..., Screen], name: str, message: str
) -> None:
    screen = open_screen(PHONE)
    screen.page.add_init_script(REFUSAL.replace("NAME", name))
    page = screen.go("/v")
    page.get_by_role("button", name="Scan the label").click()
    expect(page.get_by_text(message)).to_be_visible()
    expect(page.get_by_role("button", name="Scan the label")).to_be_enabled()
    expect(page.get_by_label("Code on the vehicle")).to_be_visible()
