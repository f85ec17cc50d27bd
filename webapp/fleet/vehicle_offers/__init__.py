"""Offering a vehicle to another owner by e-mail, who accepts or declines."""
