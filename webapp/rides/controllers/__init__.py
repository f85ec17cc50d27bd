"""The pages of rides, a blueprint for each file."""
