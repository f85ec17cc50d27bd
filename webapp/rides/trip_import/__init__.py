"""Importing trips of open data as rides."""
