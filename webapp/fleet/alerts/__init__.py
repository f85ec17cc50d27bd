"""Alerts: vehicles of a city that need somebody, counted for the board and listed."""
