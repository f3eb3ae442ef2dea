"""Frontdesk as its visitors meet it: one port, many hosts."""

from collections import Counter
from dataclasses import dataclass, field

import httpx


@dataclass
class Edge:
    """Spoken to over plain HTTP on 127.0.0.1."""

    port: int
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", timeout=15, trust_env=False
        )

    def get(self, host: str, path: str) -> httpx.Response:
        return self.http.get(path, headers={"Host": f"{host}:{self.port}"})

    def post(self, host: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        """Send a form as a browser on `host` would."""
        return self.http.post(
            "/leads/requests", data=fields, headers={"Host": f"{host}:{self.port}"} | headers
        )

    def messages(self) -> list[dict[str, object]]:
        """The captured messages, newest first."""
        answer = self.get("captured.localhost", "/messages.json")
        answer.raise_for_status()
        listed: list[dict[str, object]] = answer.json()
        return listed

    def alerts(self) -> Counter[tuple[str, str, str]]:
        """How many messages there are of each (reference, channel, receiver)."""
        return Counter(
            (reference, str(message["channel"]), str(message["to"]))
            for message in self.messages()
            for reference in message["leads"]  # type: ignore[attr-defined]
        )

    def alerted(self) -> set[str]:
        return {reference for reference, _channel, _to in self.alerts()}
