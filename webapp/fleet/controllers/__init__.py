"""The pages of vehicles: search, live map, owner and staff pages."""
