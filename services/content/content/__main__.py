"""python -m content: check, build, publish, serve, preview, import."""

import sys

from content.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
