"""What a ride costs in requests, processor time and SQL, and what the morning peak needs.

The share of the requests is an assumption, stated in docs/scale.md; their costs are measured.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

import config
from bench.support.application import open_application, open_distant_application
from bench.support.main_pages import make_requests
from bench.support.report import Section
from bench.support.timing import elapsed_ms

ROUNDS, QUICK_ROUNDS = 60, 2


@dataclass(frozen=True)
class Action:
    """A page or an action, and how often one is requested for each ride."""

    name: str
    per_ride: float


#: People look more often than they ride. A map asks each 10 s; one in four of its answers is still
#: cached, because somebody else has asked the same process for the same window in the last three
#: seconds. A running ride's page sends its path each 20 s for 12 minutes, if the rider wants it:
#: half do.
ACTIONS = (
    Action("free vehicles, a visitor", 2.0),
    Action("free vehicles, a rider", 2.0),
    Action("the live map", 3.0),
    Action("the live map, a new window", 9.0),
    Action("a vehicle, a visitor", 0.5),
    Action("a vehicle, a rider", 1.5),
    Action("starting a ride", 1.0),
    Action("the running ride", 2.0),
    Action("recording a path", 18.0),
    Action("ending a ride", 1.0),
    Action("all rides", 0.3),
    Action("the wallet", 0.2),
    Action("signing in", 0.1),
)


@dataclass(frozen=True)
class RideTraffic:
    """Rides of a day, and which share of them starts in the busiest hour."""

    rides_per_day: float = 2_000_000
    peak_share: float = 0.12
    actions: tuple[Action, ...] = ACTIONS

    @property
    def rides_per_s(self) -> float:
        """Rides that start in a second of the busiest hour."""
        return self.rides_per_day * self.peak_share / 3600

    def requests_per_s(self) -> dict[str, float]:
        """Return the requests of each kind in a second of the busiest hour."""
        return {action.name: action.per_ride * self.rides_per_s for action in self.actions}


@dataclass(frozen=True)
class ActionCost:
    """What one request takes: processor time of the application, time of the database near by, and
    round trips."""

    cpu_ms: float
    sql_ms: float
    round_trips: float


@dataclass(frozen=True)
class PeakLoad:
    """The requests of one kind in the busiest hour of the world, and what they take."""

    action: str
    per_ride: float
    requests_per_s: float
    cost: ActionCost

    def cells(self) -> Mapping[str, object]:
        cost, requests = self.cost, self.requests_per_s
        return {
            "action": self.action,
            "per ride": f"{self.per_ride:g}",
            "requests/s": f"{requests:,.0f}",
            "CPU, ms": f"{cost.cpu_ms:.1f}",
            "SQL, ms": f"{cost.sql_ms:.1f}",
            "trips": f"{cost.round_trips:.2g}",
            "statements/s": f"{requests * cost.round_trips:,.0f}",
            "cores, web": f"{requests * cost.cpu_ms / 1000:.1f}",
            "cores, SQL": f"{requests * cost.sql_ms / 1000:.1f}",
        }


def measure(quick: bool) -> Section:
    """Return the load of each action in the busiest hour, and their sum."""
    traffic = RideTraffic()
    costs, requests = measure_costs(quick), traffic.requests_per_s()
    rows = [
        PeakLoad(action.name, action.per_ride, requests[action.name], costs[action.name])
        for action in traffic.actions
    ]
    total = sum(requests.values())
    shares = {name: count / total for name, count in requests.items()}
    mean = ActionCost(
        sum(costs[name].cpu_ms * share for name, share in shares.items()),
        sum(costs[name].sql_ms * share for name, share in shares.items()),
        sum(costs[name].round_trips * share for name, share in shares.items()),
    )
    statements = sum(row.requests_per_s * row.cost.round_trips for row in rows)
    rows.append(PeakLoad("all", total / traffic.rides_per_s, total, mean))
    text = (
        f"{traffic.rides_per_day:,.0f} rides a day, {traffic.peak_share:.0%} of them in the busiest"
        f" hour: {traffic.rides_per_s:.0f} rides and {statements:,.0f} statements a second in the"
        " world. A region has as much of it as of the riders. SQL is the shortest time that a"
        " request has waited for a database on the same machine. Passwords are hashed as in"
        " production; there is one city, with 250 vehicles in one place."
    )
    return Section("The morning peak", text, rows)


def measure_costs(quick: bool) -> dict[str, ActionCost]:
    """Return what a request of each kind takes here."""
    with open_distant_application() as (app, proxy):
        requests = make_requests(app, quick=True)
        for _ in range(2):  # the first round fills caches
            round_trips = {}
            for name, next_request in requests.items():
                request = next_request()
                proxy.take_queries()
                request()
                round_trips[name] = len(proxy.take_queries())
    settings = {} if quick else {"BCRYPT_LOG_ROUNDS": config.Production.BCRYPT_LOG_ROUNDS}
    with open_application(**settings) as app:
        requests = make_requests(app, quick)
        cpu_ms: dict[str, list[float]] = {name: [] for name in requests}
        wait_ms: dict[str, list[float]] = {name: [] for name in requests}
        for _ in range(QUICK_ROUNDS if quick else ROUNDS):
            for name, next_request in requests.items():
                request = next_request()
                begin = time.process_time()
                elapsed = elapsed_ms(request)
                cpu_ms[name].append((time.process_time() - begin) * 1000)
                wait_ms[name].append(max(elapsed - cpu_ms[name][-1], 0.01))
    return {
        name: ActionCost(median(cpu_ms[name]), min(wait_ms[name]), trips)
        for name, trips in round_trips.items()
    }
