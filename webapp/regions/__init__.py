"""Cities and regions: the catalogue, placement, moving a city, geography."""
