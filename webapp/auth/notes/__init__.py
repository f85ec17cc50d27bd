"""Notes of staff about accounts. They are added, and neither changed nor removed."""
