"""The rules of the fleet: adding, editing and removing vehicles, and where they may stand."""
