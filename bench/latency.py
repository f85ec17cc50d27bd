"""Measure what the distance to the database adds to each main page, against round trips x delay.

Puts 1, 30, 70 and 150 ms between the application and a PostgreSQL of its own, requests the main
pages many times, and prints p50 and p95 beside the number of round trips times the delay. The
difference is the time of the application, the database and this machine. Its limit is 10 ms at
p50. The first row, a lone SELECT 1, shows the difference without any page.

    .venv/bin/python bench/latency.py            # a minute or two
    .venv/bin/python bench/latency.py --write    # also writes docs/performance.md
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.remove(str(Path(__file__).resolve().parent))  # its requests.py hides a package

from bench.measurement import main

if __name__ == "__main__":
    main(write="--write" in sys.argv[1:])
