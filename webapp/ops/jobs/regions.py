"""The regions in which jobs are written."""

from webapp.regions.catalogue import catalogue, local_region


def list_job_regions() -> list[str]:
    """Return the regions in which jobs are written, by name."""
    return sorted({city.region for city in catalogue().all()} | {local_region()})
