"""What must hold before a process of notify starts to work."""

from notify import tables
from notify.settings import Settings
from plumbing.database import connect
from plumbing.fingerprints import refuse_changed_keys
from plumbing.redis_policy import refuse_eviction


def refuse_bad_start(settings: Settings) -> None:
    """Raises contract.env.SettingsError for changed keys, or queues that may vanish."""
    engine = connect(settings.database_url, name="notify-start", pool_size=1)
    keys = {"EVENT_SEAL_KEYS": settings.event_keys}
    try:
        refuse_changed_keys(engine, tables.key_fingerprint, keys)
    finally:
        engine.dispose()
    refuse_eviction(settings.redis_url)
