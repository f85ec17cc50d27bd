"""Queries of the wallet."""
