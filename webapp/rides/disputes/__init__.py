"""Disputes: a rider asks staff to look at a ride again."""
