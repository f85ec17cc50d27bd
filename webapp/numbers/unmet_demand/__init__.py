"""Unmet demand: where and when people looked for a vehicle and none was near."""
