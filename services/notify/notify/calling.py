"""One call of a provider: whatever its adapter does, there is an answer."""

import logging

from notify.providers import Accepted, Finder, Outgoing, Provider, ProviderError

logger = logging.getLogger(__name__)

MISTAKES = 3  # attempts, then a message that an adapter cannot handle is not given to it again


def call(provider: Provider, outgoing: Outgoing, no: int) -> Accepted | ProviderError:
    """Attempt `no` to hand it over."""
    try:
        return provider.send(outgoing)
    except ProviderError as error:
        return error
    except Exception as error:  # an adapter's mistake, or our time limit: it may have gone out
        logger.exception("provider adapter failed", extra={"provider": provider.name})
        reason = f"{provider.name} cannot handle this message ({type(error).__name__})"
        if no >= MISTAKES:
            return ProviderError(reason, permanent=True, only_here=True)
        return ProviderError(reason, unknown=True)


def find(provider: object, outgoing: Outgoing) -> str | None:
    """As what the provider has it; None: it does not, or cannot be asked.  Raises ProviderError."""
    try:
        return provider.find(outgoing) if isinstance(provider, Finder) else None
    except ProviderError:
        raise
    except Exception as error:  # an adapter's mistake: as if it had not been answered
        logger.exception("provider adapter failed", extra={"channel": outgoing.channel})
        raise ProviderError(type(error).__name__) from error
