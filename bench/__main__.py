"""``python -m bench [--quick] [--seed N] [NAME ...]``: speed and memory, measured in one run."""

import sys

from bench.figures import main

MEASURES = {"capture": "bench.commit_to_capture", "alerts": "bench.alerts"}

if __name__ == "__main__":
    sys.exit(main("bench", MEASURES))
