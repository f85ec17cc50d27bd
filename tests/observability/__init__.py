"""Log lines, metrics, traces and error reports."""
