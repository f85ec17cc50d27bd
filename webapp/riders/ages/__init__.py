"""Minimum ages of cities: riders give their date of birth, which is compared and not stored."""
