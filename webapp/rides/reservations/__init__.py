"""Reservations: a vehicle is kept for one rider for some minutes."""
