"""Places: where rides start and end, and between which places, by cells of a grid and month."""
