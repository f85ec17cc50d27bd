"""Zones: where rides may go and end."""
