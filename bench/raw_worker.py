"""The least that a Celery worker can do with a mail: hand it over.  What ours is compared with.

python -m bench.raw_worker REDIS_URL SMTP_PORT
"""

import smtplib
import sys
from email.message import EmailMessage

from celery import Celery

TASK, QUEUE = "raw.send", "raw"


def raw_app(redis_url: str) -> Celery:
    app = Celery("raw", broker=redis_url, set_as_current=False)
    app.conf.update(task_ignore_result=True, broker_connection_retry_on_startup=True)
    return app


def a_mail(number: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = "alerts@clinics.example", "desk@clinics.example"
    mail["Message-ID"] = f"<{number}@raw>"
    mail["X-Frontdesk-Reference"] = number
    mail["Subject"] = "New contact request"
    mail.set_content("A patient has written.\n" * 10)
    return mail


def main(redis_url: str, port: int) -> None:
    app = raw_app(redis_url)
    kept: list[smtplib.SMTP] = []

    @app.task(name=TASK)
    def send(number: str) -> None:
        if not kept:
            kept.append(smtplib.SMTP("127.0.0.1", port))
        kept[0].send_message(a_mail(number))

    app.Worker(
        pool="prefork", concurrency=4, queues=QUEUE, quiet=True, without_gossip=True,
        without_mingle=True, hostname="raw@bench",
    ).start()  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
