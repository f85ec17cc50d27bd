"""The SELECT statements of the fleet: one vehicle, its details, and lists."""
