"""What changes a ride: start, end, pause, rating, path."""
