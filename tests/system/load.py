"""Patients who keep sending while things break, and what they were told."""

import random
import threading
from dataclasses import dataclass, field
from typing import Self

import httpx

from tests.builders import a_form
from tests.system.edge import Edge
from tests.system.running import reference

LAST_NAMES = ("Ruiz", "Okafor", "Nguyen", "Smith", "Haddad")


@dataclass
class Patients:
    """Sends a request every `every_s`; each asks for something of their own.

    A patient who is not told "sent" sends the same again, as people do.
    """

    copy: Edge
    host: str
    locations: tuple[str, ...]
    every_s: float
    seed: int
    told: dict[str, dict[str, str]] = field(default_factory=dict)  # reference -> what was sent
    refused: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._threads = [threading.Thread(target=self._send_all, args=(n,)) for n in range(3)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def _send_all(self, thread: int) -> None:
        choose = random.Random(self.seed * 10 + thread)
        number = 0
        with httpx.Client(timeout=10, trust_env=False) as client:
            while not self._stop.wait(self.every_s * 3):
                number += 1
                fields = a_form(
                    location=choose.choice(self.locations),
                    name=f"Pat {choose.choice(LAST_NAMES)}",
                    message=f"request {thread}-{number} of {self.seed}",
                    phone=f"(661) 555-01{choose.randrange(100):02}",
                )
                self._send_until_told(client, fields)

    def _send_until_told(self, client: httpx.Client, fields: dict[str, str]) -> None:
        for _ in range(20):
            try:
                answer = client.post(
                    f"http://127.0.0.1:{self.copy.port}/leads/requests",
                    data=fields,
                    headers={"Host": self.host},
                )
            except httpx.HTTPError:
                self.refused += 1
            else:
                if answer.status_code == 303:
                    self.told[reference(answer)] = fields
                    return
                self.refused += 1
                assert answer.status_code in {502, 503}, (answer.status_code, answer.text[:300])
            if self._stop.wait(0.5):
                return
