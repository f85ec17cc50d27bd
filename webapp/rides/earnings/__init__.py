"""What owners earn: their share of the price of rides, agreed with the operator of a city."""
