"""Which adapter stands behind which provider URL."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Engine

from notify.providers import Provider, ProviderUrl
from notify.providers.capture import Capture
from notify.settings import Settings

ADAPTERS: Mapping[str, Callable[[ProviderUrl, Engine], Provider]] = {
    "capture": lambda _url, engine: Capture(engine),
}


def providers(settings: Settings, engine: Engine) -> dict[str, Sequence[Provider]]:
    """Channel -> providers, the preferred one first.  Connects to nothing."""
    chosen = {"email": settings.email_providers, "sms": settings.sms_providers}
    return {
        channel: [ADAPTERS[url.scheme](url, engine) for url in urls]
        for channel, urls in chosen.items()
    }
