"""The phone number of a rider, confirmed with a code. Only support sees a part of it."""
