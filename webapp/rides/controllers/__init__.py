"""The pages of rides."""
