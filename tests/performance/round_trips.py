"""How often each page and action speaks to the database, counted by a proxy.

``Walk`` goes through all of MovR as a visitor, a rider, an owner and staff would, and writes down
what each request costs. Connections stand already, and the cities, prices and zones are in
memory.
"""

from tests.factories import fill_caches
from tests.performance.accounts_walk import (
    change_account,
    edit_profile,
    read_notifications,
    register_and_sign_in,
    reset_password,
    sign_in_with_oidc,
    use_passkeys,
    use_second_factor,
)
from tests.performance.api_walk import walk_api
from tests.performance.cities_walk import close_cities, manage_cities
from tests.performance.owner_walk import manage_own_vehicles, offer_vehicle
from tests.performance.rides_walk import (
    enter_unlock_codes,
    record_a_path,
    report_vehicles,
    reserve_and_ride,
    save_vehicles_and_places,
    start_and_end_rides,
    use_wallet,
    walk_public_pages,
    walk_ride_history,
)
from tests.performance.staff_walk import (
    import_and_edit_zones,
    look_after_feeds,
    manage_apps,
    manage_vehicle_types,
    publish_prices,
    publish_texts,
    walk_staff_pages,
    write_notices,
)
from tests.performance.task_walk import act_on_many_vehicles
from tests.performance.walk import Step, Walk


def walk(walk: Walk) -> list[Step]:
    """Go everywhere once; return the steps."""
    for _ in range(8):  # more than a page shows in the tests
        walk.make_vehicle()
    with walk.app.app_context():
        fill_caches()
    walk_public_pages(walk)
    register_and_sign_in(walk)
    start_and_end_rides(walk)
    reserve_and_ride(walk)
    record_a_path(walk)
    manage_own_vehicles(walk)
    offer_vehicle(walk)
    enter_unlock_codes(walk)
    save_vehicles_and_places(walk)
    edit_profile(walk)
    read_notifications(walk)
    use_wallet(walk)
    change_account(walk)
    reset_password(walk)
    use_second_factor(walk)
    use_passkeys(walk)
    sign_in_with_oidc(walk)
    walk_api(walk)
    walk_staff_pages(walk)
    publish_texts(walk)
    write_notices(walk)
    publish_prices(walk)
    import_and_edit_zones(walk)
    look_after_feeds(walk)
    report_vehicles(walk)
    walk_ride_history(walk)
    act_on_many_vehicles(walk)  # its many events would change how others are read
    manage_cities(walk)
    close_cities(walk)
    manage_vehicle_types(walk)
    manage_apps(walk)
    return walk.steps
