"""Saved replies: texts that staff of a city use again and again in answers to reports and
disputes."""
