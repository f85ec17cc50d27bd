"""What benches share: databases and applications, requests, timing, yardsticks, the report."""
