"""Following places and owners: a rider hears of vehicles that come."""
