"""Disputes: a ride is looked at again."""
