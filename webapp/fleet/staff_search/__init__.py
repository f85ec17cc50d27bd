"""The search of staff: one box for vehicles, riders, rides and reports."""
