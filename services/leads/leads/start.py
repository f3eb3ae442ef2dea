"""What must hold before a process of leads starts to work."""

from leads import tables
from leads.settings import Settings
from plumbing.database import connect
from plumbing.fingerprints import refuse_changed_keys
from plumbing.redis_policy import refuse_eviction
from plumbing.sealing import HashKey, KeyRing


def refuse_bad_start(settings: Settings, *, uses_queues: bool) -> None:
    """Raises contract.env.SettingsError for changed keys, or queues that may vanish."""
    engine = connect(settings.database_url, name="leads-start", pool_size=1)
    keys: dict[str, KeyRing | HashKey] = {
        "LEADS_SEAL_KEYS": settings.seal_keys,
        "LEADS_HASH_KEY": settings.hash_key,
    }
    try:
        refuse_changed_keys(engine, tables.key_fingerprint, keys)
    finally:
        engine.dispose()
    if uses_queues:
        refuse_eviction(settings.redis_url)
