"""The pages of vehicles: search, live map, one vehicle, an owner's vehicles, the fleet of staff."""
