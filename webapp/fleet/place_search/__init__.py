"""Finding a place in a city by its name or address, at a service that the operator names."""
