"""Import of trips from open data as ended rides."""
