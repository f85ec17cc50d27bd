"""The photo of a profile: cropped without metadata, shown to riders, removed by its owner or by
staff."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func

from tests.api.client import ApiClient
from tests.auth.steps import new_browser, read_audit_events, update_rows
from tests.factories import UserFactory
from tests.job_steps import read_mails
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.auth.services.users import find_user
from webapp.photos import Square, crop_photo
from webapp.riders.services.account_deletion import delete_account

PROFILE = {"first_name": "Ada", "last_name": "Byron", "shown_to_riders": "y"}
#: Four stripes, each 100 pixels wide and 200 high.
STRIPES = ("red", "lime", "blue", "black")


def make_file(format_: str = "PNG", **options: Any) -> BytesIO:
    image = Image.new("RGB", (400, 200))
    for number, color in enumerate(STRIPES):
        image.paste(Image.new("RGB", (100, 200), color), (100 * number, 0))
    file = BytesIO()
    image.save(file, format_, **options)
    file.seek(0)
    return file


def send_photo(visitor: Visitor, file: BytesIO | None = None, **fields: Any) -> Any:
    content = (file or make_file(), "me.png")
    return visitor.send("/users/me/photo", photo=content, **fields)


def find_photo_path(visitor: Visitor, user: User) -> str:
    page = visitor.get(f"/users/{user.key}").text
    found = re.search(r'src="(/users/[^"]+/photo/[^"]+)"', page)
    return found[1] if found else ""


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    return make_user("ada")


@pytest.fixture
def own(app: Flask, ada: User) -> Visitor:
    """The browser of Ada, whose profile other riders see."""
    browser = new_browser(app).sign_in(ada)
    browser.send("/users/me/edit", **PROFILE, city="new york")
    return browser


@pytest.mark.usefixtures("app_context")
@pytest.mark.parametrize(
    ("square", "left_color", "right_color"),
    [
        (Square(), (0, 255, 0), (0, 0, 255)),
        (Square(x_percent=0), (255, 0, 0), (0, 255, 0)),
        (Square(x_percent=100), (0, 0, 255), (0, 0, 0)),
        (Square(x_percent=100, zoom_percent=400), (0, 0, 0), (0, 0, 0)),
    ],
)
def test_the_chosen_square_is_kept_in_two_sizes_without_metadata(
    square: Square, left_color: tuple[int, ...], right_color: tuple[int, ...]
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Secret Phone Company"
    photos = crop_photo(make_file("JPEG", quality=95, exif=exif), square, (320, 96))
    for content, side in zip(photos, (320, 96), strict=True):
        image = Image.open(BytesIO(content))
        assert image.size == (side, side)
        assert b"Secret" not in content
        colors = (image.getpixel((x, side // 2)) for x in (5, side - 5))
        for color, expected in zip(colors, (left_color, right_color), strict=True):
            assert isinstance(color, tuple)
            assert all(abs(a - b) < 30 for a, b in zip(color, expected, strict=True))


def test_a_photo_is_shown_to_riders_only_and_each_one_has_another_address(
    app: Flask, own: Visitor, ada: User, rider: Visitor
) -> None:
    assert find_photo_path(rider, ada) == ""
    assert send_photo(own).status_code == 303
    path = find_photo_path(rider, ada)
    photo = rider.get(path)
    assert (photo.status_code, photo.mimetype) == (200, "image/jpeg")
    assert photo.headers["Cache-Control"] == "private, no-cache"
    assert "sandbox" in photo.headers["Content-Security-Policy"]
    assert rider.get(path, headers={"If-None-Match": photo.headers["ETag"]}).status_code == 304
    assert rider.get(f"{path}/small").status_code == 200
    assert new_browser(app).get(path).status_code == 303
    send_photo(own)
    assert rider.get(path).status_code == 404
    newer = find_photo_path(rider, ada)
    assert newer != path
    own.send("/users/me/edit", **PROFILE | {"shown_to_riders": ""}, city="new york")
    assert [rider.get(newer).status_code, own.get(newer).status_code] == [404, 200]


def test_only_staff_see_profile_and_photo_of_a_closed_account(
    app: Flask, own: Visitor, ada: User, rider: Visitor, make_user: UserFactory
) -> None:
    send_photo(own)
    paths = f"/users/{ada.key}", find_photo_path(rider, ada)
    staff = new_browser(app).sign_in(make_user(roles=["support"]))
    elsewhere = new_browser(app).sign_in(make_user(roles={"support": ["paris"]}))
    assert [rider.get(path).status_code for path in paths] == [200, 200]
    update_rows(app, User, User.id == ada.id, disabled_at=func.now())
    for browser, status in ((rider, 404), (elsewhere, 404), (staff, 200)):
        assert [browser.get(path).status_code for path in paths] == [status, status]


def test_what_is_no_photo_is_refused_beside_the_field(own: Visitor, ada: User) -> None:
    assert "Fill this in." in own.send("/users/me/photo").text
    response = send_photo(own, BytesIO(b"GIF89a"))
    assert response.status_code == 422
    assert "We can't read this photo." in response.text
    assert send_photo(own, zoom="5000").status_code == 422
    assert send_photo(own, across="left").status_code == 422
    assert find_photo_path(own, ada) == ""


def test_photos_are_limited(app: Flask, own: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "LIMIT_PROFILE_PHOTOS", (1, 3600))
    send_photo(own)
    assert send_photo(own).status_code == 429


def test_a_rider_removes_the_own_photo(app: Flask, own: Visitor, ada: User) -> None:
    send_photo(own)
    for _ in range(2):
        assert own.send("/users/me/photo/remove").status_code == 303
    assert find_photo_path(own, ada) == ""
    kinds = [event.kind for event in read_audit_events(app) if "photo" in event.kind]
    assert sorted(kinds) == ["account.profile_photo_removed", "account.profile_photo_saved"]


def test_staff_of_the_city_remove_a_photo_for_a_reason_that_the_rider_reads(
    app: Flask, own: Visitor, ada: User, make_user: UserFactory
) -> None:
    send_photo(own)
    elsewhere = new_browser(app).sign_in(make_user(roles={"support": ["paris"]}))
    staff = new_browser(app).sign_in(make_user(roles={"support": ["new york"]}))
    path = f"{find_photo_path(own, ada)}/remove"
    assert path in staff.get(f"/users/{ada.key}").text
    assert path not in own.get(f"/users/{ada.key}").text
    assert own.get(path).status_code == 403
    assert elsewhere.get(path).status_code == 404
    assert staff.send(path).status_code == 422
    assert staff.send(path, why="Shows somebody else").status_code == 303
    assert find_photo_path(own, ada) == ""
    (mail,) = read_mails(app)
    assert "Shows somebody else" in mail.body
    (event,) = (each for each in read_audit_events(app) if each.kind.endswith("photo_removed"))
    assert (event.city, event.details["why"]) == ("new york", "Shows somebody else")
    assert "This photo is gone" in staff.send(path, why="Again").text


def test_a_photo_moves_with_its_account_and_is_deleted_with_it(
    app: Flask, own: Visitor, ada: User, rider: Visitor
) -> None:
    send_photo(own)
    moved = own.send("/users/me/edit", **PROFILE, city="paris").location
    assert "/photo/" in rider.get(moved).text
    assert "saved_at" in own.send("/users/me/data/profile-photo.csv").text
    with app.app_context():
        user = find_user(ada.email)
        assert user
        delete_account(user)
    assert rider.get(moved).status_code == 404


def test_a_profile_with_its_photo_costs_two_round_trips(
    own: Visitor, ada: User, rider: Visitor, round_trips: Callable[[], int]
) -> None:
    send_photo(own)
    path = find_photo_path(rider, ada)
    round_trips()
    for page in (f"/users/{ada.key}", path):
        rider.get(page)
        assert round_trips() == 2


def test_the_api_saves_shows_and_removes_the_own_photo(ada: User, app: Flask) -> None:
    program = ApiClient.of(app, ada)
    assert program.get("/api/v1/me/photo").status_code == 404

    def save(**fields: Any) -> Any:
        return program.put("/api/v1/me/photo", data=fields, content_type="multipart/form-data")

    assert save(photo=(make_file(), "me.png"), across="100").status_code == 204
    photo = program.get("/api/v1/me/photo")
    assert photo.mimetype == "image/jpeg"
    left = Image.open(BytesIO(photo.data)).getpixel((5, 160))
    assert isinstance(left, tuple)
    assert left[2] > 200, "blue: the right half was chosen"
    assert program.put("/api/v1/me/photo", json={}).status_code == 415
    for fields, pointer in (({}, "/photo"), ({"zoom": "401"}, "/zoom"), ({"x": "1"}, "/x")):
        refused = save(**fields)
        assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, pointer)
    no_photo = save(photo=(BytesIO(b"x"), "x.png")).get_json()
    assert no_photo["errors"][0]["pointer"] == "/photo"
    assert program.get("/api/v1/me/photo").data == photo.data
    assert program.delete("/api/v1/me/photo").status_code == 204
    assert program.get("/api/v1/me/photo").status_code == 404
