"""``python -m faults [--quick] [--seed N] [NAME ...]``: the long runs in which things break.

Each compares what patients were told with what is stored and what the providers received.
"""

import sys

from bench.figures import main

RUNS: dict[str, str] = {
    "accept": "faults.accept",
    "alerts": "faults.alerts",
    "escalation": "faults.escalation",
    "redis": "faults.redis_away",
    "silence": "faults.silence",
}

if __name__ == "__main__":
    sys.exit(main("faults", RUNS))
