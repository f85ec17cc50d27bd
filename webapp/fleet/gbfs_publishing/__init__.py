"""The GBFS feeds that MovR publishes about its own cities, versions 3.0 and 2.3.

``files`` has one module for each file of the standard. It makes the data of the file once, in the
form of 3.0; ``version_3`` and ``version_2`` write it. Reading the feeds of others is
``webapp/fleet/gbfs``.
"""
