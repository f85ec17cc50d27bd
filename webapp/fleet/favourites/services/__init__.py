"""Saving vehicles and places, and the mail to riders who wait for a vehicle."""
