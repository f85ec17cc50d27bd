"""Cities and vehicles in the API."""
