"""What operators see: log lines, metrics, traces, error reports. All packages may use it."""
