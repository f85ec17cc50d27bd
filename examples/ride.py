"""Ride the nearest vehicle with a client that is generated from the OpenAPI document.

pip install openapi-python-client
openapi-python-client generate --url http://127.0.0.1:8000/api/v1/openapi.json \
    --meta none --output-path movr_client
MOVR_TOKEN=movr_... python ride.py http://127.0.0.1:8000 "new york" 40.7306 -73.9866
"""

import os
import sys
from typing import Any

from movr_client import AuthenticatedClient
from movr_client.api.rides import rides_end, rides_pause, rides_resume, rides_show, rides_start
from movr_client.api.vehicles import vehicles_index
from movr_client.models import Problem, RideEnd, RideStart


def check(answer: Any) -> Any:
    """Return an answer; end with what a problem says."""
    if answer is None or isinstance(answer, Problem):
        sys.exit(f"{answer.title}: {answer.detail}" if answer else "The server did not answer.")
    return answer


def main(url: str, city: str, lat: float, lon: float) -> None:
    client = AuthenticatedClient(url, token=os.environ["MOVR_TOKEN"])
    vehicles = check(vehicles_index.sync(city, client=client, lat=lat, lon=lon))
    if not vehicles:
        sys.exit("There is no vehicle near by.")
    print(f"The nearest vehicle is {vehicles[0].distance_m} m away.")
    ride = check(rides_start.sync(client=client, body=RideStart(vehicle_id=vehicles[0].id))).id
    print(f"Riding {ride}.")
    check(rides_pause.sync(ride, client=client))
    print(f"It is {check(rides_show.sync(ride, client=client)).state}.")
    check(rides_resume.sync(ride, client=client))
    check(rides_end.sync(ride, client=client, body=RideEnd(lat=lat, lon=lon)))
    receipt = check(rides_show.sync(ride, client=client))
    print(f"Receipt {receipt.receipt_number}: {receipt.price.to_dict() if receipt.price else None}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))
