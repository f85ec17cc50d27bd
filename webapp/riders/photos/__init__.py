"""The photo on a profile: riders add and remove their own, staff remove those of others."""
