"""The statements that reserve a vehicle, and extend, cancel or expire a reservation."""
