"""Prices: what riding costs, before, during and after the ride, by one function."""
