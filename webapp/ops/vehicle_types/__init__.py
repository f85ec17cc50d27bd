"""Types of vehicles, as admins of all cities set them up."""
