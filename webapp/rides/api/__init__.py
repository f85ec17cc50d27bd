"""Rides in the API."""
