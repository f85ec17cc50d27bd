"""What is set for types of vehicles; the pages are in ``webapp/ops/vehicle_types``."""
