"""Saved vehicles and places."""
