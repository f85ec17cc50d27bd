"""What owners earn: their share of the price of rides, which the operator of a city sets."""
