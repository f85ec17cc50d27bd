"""One module for each file of GBFS, with its data in the form of version 3.0."""
