"""What the distance to the database costs, and what we add to it.

Puts 1, 30, 70 and 150 ms between the application and a PostgreSQL of its own, asks for the main
pages many times, and prints p50 and p95 beside round trips x delay. What is above that product is
ours: the application, the database's own work, this machine. The limit is 10 ms.

    .venv/bin/python bench/latency.py            # a minute or two
    .venv/bin/python bench/latency.py --write    # and put the result into docs/performance.md
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.measuring import main

if __name__ == "__main__":
    main(write="--write" in sys.argv[1:])
