"""The columns of the file with the results of a bulk action."""

from webapp.fleet.bulk_actions.queries import VehicleResult

COLUMNS = ("code", "vehicle", "brand", "result", "state_before")


def make_csv_row(each: VehicleResult) -> dict[str, object]:
    """Return the values of ``COLUMNS``."""
    return {
        "code": each.vehicle.code if each.vehicle else "",
        "vehicle": str(each.row.vehicle_id),
        "brand": each.vehicle.brand if each.vehicle else "",
        "result": each.row.result,
        "state_before": each.row.state_before,
    }
