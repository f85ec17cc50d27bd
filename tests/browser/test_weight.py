"""What a phone loads for the main pages: little at the first visit, the page alone at the next."""

from collections.abc import Callable

import pytest

from tests.browser.screen import Screen
from tests.browser.traffic import TrafficCounter
from tests.factories import UserFactory, VehicleFactory

pytestmark = pytest.mark.browser

#: What a first visit may load: requests, and bytes with heads. A tenth more than it does.
FORM, MAP, SEARCH = (5, 35_000), (8, 88_000), (10, 105_000)
#: More than one page of a list, so that the map and the list are full.
VEHICLES = 12


def check_weight(screen: Screen, path: str, budget: tuple[int, int]) -> None:
    """Load a page with an empty cache, and once more."""
    counter = TrafficCounter(screen.page, screen.site)
    cold = counter.load(path)
    max_requests, max_bytes = budget
    assert cold.requests <= max_requests, cold
    assert cold.bytes <= max_bytes, cold
    assert {"/static/css", "/static/js"} <= {file.rpartition("/")[0] for file in cold.files}
    warm = counter.load(path)
    assert list(warm.files) == [path], warm  # what scripts fetch for a map is new each time


@pytest.mark.parametrize(
    ("path", "budget"), [("/", SEARCH), ("/vehicles", SEARCH), ("/login", FORM)]
)
def test_a_visitor_loads_little(
    open_screen: Callable[..., Screen], make_vehicle: VehicleFactory, path: str,
    budget: tuple[int, int],
) -> None:  # fmt: skip
    for _ in range(VEHICLES):
        make_vehicle()
    check_weight(open_screen(), path, budget)


def test_the_page_of_a_vehicle_is_light(
    open_screen: Callable[..., Screen], make_vehicle: VehicleFactory
) -> None:
    check_weight(open_screen(), f"/vehicles/{make_vehicle().public_key}", MAP)


def test_the_page_of_a_running_ride_is_light(
    open_screen: Callable[..., Screen], make_vehicle: VehicleFactory, make_user: UserFactory
) -> None:
    make_user("ada")
    vehicle = make_vehicle()
    screen = open_screen(service_workers="block")  # its copies would weigh nothing
    page = screen.sign_in("ada", f"/login?next=/vehicles/{vehicle.public_key}")
    page.get_by_role("button", name="Start ride").first.click()
    page.wait_for_url("**/rides/*")
    path = page.url.removeprefix(screen.site)
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    check_weight(screen, path, MAP)
