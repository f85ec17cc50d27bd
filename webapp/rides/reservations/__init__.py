"""Reservations: a vehicle waits for its rider."""
