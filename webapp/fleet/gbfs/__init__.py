"""GBFS, the General Bikeshare Feed Specification: reading the feeds of other operators."""
