"""Which adapter stands behind which provider URL."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Engine

from notify.providers import SINK, Provider, ProviderUrl
from notify.providers.accounts import SmtpAccount, TwilioAccount
from notify.providers.capture import Capture
from notify.providers.smtp import Smtp
from notify.providers.twilio import Twilio
from notify.settings import Settings
from notify.sink import Sink

# the last argument: whether another provider comes after it
ADAPTERS: Mapping[str, Callable[[ProviderUrl, Engine, Settings, bool], Provider]] = {
    "capture": lambda _url, engine, _settings, _more: Capture(engine),
    "smtp": lambda url, _engine, _settings, more: Smtp(SmtpAccount.read(url.url), hurried=more),
    "twilio": lambda url, _engine, settings, _more: Twilio(
        TwilioAccount.read(url.url), public_url=settings.public_url
    ),
}


def providers(settings: Settings, engine: Engine) -> dict[str, Sequence[Provider]]:
    """Channel -> providers, the preferred one first.  Connects to nothing."""
    chosen = {"email": settings.email_providers, "sms": settings.sms_providers}
    told: dict[str, Sequence[Provider]] = {
        channel: [
            ADAPTERS[url.scheme](url, engine, settings, place < len(urls))
            for place, url in enumerate(urls, start=1)
        ]
        for channel, urls in chosen.items()
    }
    return told | {SINK: [Sink()]}
