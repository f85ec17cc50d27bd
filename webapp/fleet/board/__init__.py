"""The board: how a city's fleet is, in numbers, each with a link to what it counted."""
