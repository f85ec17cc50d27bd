"""Importing feeds: what was read from other operators' feeds becomes vehicles of a city."""
