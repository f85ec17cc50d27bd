"""Reports: what is wrong with a vehicle, and what became of it."""
