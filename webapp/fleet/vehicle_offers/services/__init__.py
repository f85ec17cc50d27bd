"""The rules of offers: making and withdrawing, accepting and declining them."""
