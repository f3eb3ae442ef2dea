"""A worker for tests: `python -m tests.plumbing.deaf_worker URL SECONDS`, one child."""

import sys

from plumbing.broker import worker_app
from plumbing.consumer import run_worker

TASK, QUEUE = "tests.answer", "tests.deaf"


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main(redis_url: str, deaf_after_s: float) -> int:
    app = worker_app("deaf-worker", redis_url)

    @app.task(name=TASK)
    def answer(said: str) -> None:
        say(said)

    return run_worker(
        app,
        name="deaf-worker",
        queues=[QUEUE],
        concurrency=1,
        in_parent=lambda: say("ready"),
        deaf_after_s=deaf_after_s,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2])))
