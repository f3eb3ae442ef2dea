"""``python -m bench [--quick] [--seed N] [NAME[:PART] ...]``: speed and memory, in one run."""

import sys

from bench.figures import main

MEASURES = {
    "accept": "bench.accept",
    "capture": "bench.commit_to_capture",
    "alerts": "bench.alerts",
    "flood": "bench.flood",
    "slow": "bench.slow",
    "smtp": "bench.smtp",
    "lighthouse": "bench.lighthouse",
    "pages": "bench.pages",
    "build": "bench.build",
    "large": "bench.large",
    "desk": "bench.desk",
    "sign_in": "bench.sign_in",
}

if __name__ == "__main__":
    sys.exit(main("bench", MEASURES))
