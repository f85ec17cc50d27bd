"""The live map: the vehicles in a bounding box, and the changes since the last request."""
