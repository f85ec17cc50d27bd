"""Response times: how long reports of riders and tasks waited."""
