"""Celery over Redis: every setting with its reason.

The broker may lose anything at any time (a worker that is killed between BRPOP and the note that
it took the message loses it even with late acknowledgement).  So a message is only a wake-up: the
promise is a row, and a sweep looks at rows.
"""

import logging
import time
from typing import Any

from celery import Celery
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

DOWN_FOR_S = (
    2.0  # after a failure the broker is left alone this long: a frozen one costs 0.5 s a try
)

# Shared by all that use one Redis: the shortest visibility timeout of them all wins.
TRANSPORT = {
    "visibility_timeout": 60,  # longer than the hard time limit; safe: no ETA is ever used
    "unacked_restore_interval": 2,  # default: what a dead worker held is looked for every 100 s
    "unacked_restore_throttle": 1,
    "socket_keepalive": True,
    "health_check_interval": 10,  # also ends a blocking pop on a dead connection
}


def worker_app(name: str, redis_url: str) -> Celery:
    """A Celery app that consumes.  Tasks must be idempotent: a message may come twice."""
    app = Celery(name, broker=redis_url, set_as_current=False)
    app.conf.update(
        task_acks_late=True,  # early acknowledgement lost three times as many in kill runs
        task_reject_on_worker_lost=True,  # else the task of a killed pool process counts as done
        # task_acks_on_failure stays on: a task that fails leaves the broker, its row brings it back
        worker_prefetch_multiplier=1,  # nothing waits inside a process that may die
        task_ignore_result=True,  # rows say what happened; nothing is written to Redis
        task_serializer="json",
        accept_content=["json"],
        task_time_limit=30,  # below the visibility timeout
        task_soft_time_limit=25,
        worker_max_tasks_per_child=10_000,  # whatever a library leaks ends with the process
        worker_cancel_long_running_tasks_on_connection_loss=False,  # the claim prevents the double
        worker_soft_shutdown_timeout=5,  # of a cold stop; SIGTERM is warm
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,  # no second way in through Redis
        broker_connection_retry_on_startup=True,  # the order in which things start does not matter
        broker_connection_max_retries=None,  # default: gives up after 100
        # its pauses: plumbing.consumer.  No task_routes: who publishes names the queue.  No beat:
        # due times are in rows
        broker_transport_options=TRANSPORT
        | {
            "socket_timeout": 5,  # default None: a frozen Redis blocks for ever; above BRPOP's 1 s
            "socket_connect_timeout": 2,
            "client_name": name,  # CLIENT LIST tells who holds what
        },
    )
    return app


def producer_app(name: str, redis_url: str) -> Celery:
    """A Celery app that only publishes, and never waits long for it."""
    app = Celery(name, broker=redis_url, set_as_current=False)
    app.conf.update(
        task_ignore_result=True,
        task_serializer="json",
        task_publish_retry=False,
        broker_transport_options=TRANSPORT
        | {
            "socket_timeout": 0.5,
            "socket_connect_timeout": 0.5,
            # publish_retry off is not enough: the connection retries on its own (6 s measured)
            "max_retries": 0,
            "interval_start": 0,
            "interval_step": 0,
            "interval_max": 0,
            "client_name": name,
        },
    )
    return app


class Broker:
    """Publishes by task name.  Knows for a moment when Redis does not answer."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._down_since: float | None = None
        self._left_alone_until = 0.0

    def send(self, task: str, argument: Any, *, queue: str) -> bool:
        """Publish one task with one JSON argument; False when the broker did not take it.

        True promises nothing: the row that the task is about must be looked at again.
        """
        if time.monotonic() < self._left_alone_until:
            return False
        try:
            # what it carries is not repeated in its header, as Celery would for its own log
            self._app.send_task(task, args=[argument], queue=queue, retry=False, argsrepr="(…)")
        except (KombuError, RedisError, OSError) as error:
            now = time.monotonic()
            self._left_alone_until = now + DOWN_FOR_S
            if self._down_since is None:
                self._down_since = now
                logger.warning("broker away", extra={"reason": type(error).__name__})
            return False
        if self._down_since is not None:
            logger.info("broker back", extra={"duration_s": time.monotonic() - self._down_since})
            self._down_since = None
        return True
