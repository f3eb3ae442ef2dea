"""Refuse a Redis that throws things away when it is full: a queue that vanishes helps nobody."""

import redis

from contract.env import SettingsError
from plumbing.documents import redis_client


def refuse_eviction(redis_url: str) -> None:
    """Raises SettingsError.  A Redis that does not answer, or tells nothing, is not refused."""
    policy = eviction_policy(redis_url)
    if policy and policy != "noeviction":
        raise SettingsError([f"REDIS_URL: {in_words(policy)}"])


def eviction_policy(redis_url: str) -> str:
    """Its maxmemory-policy; "" when that cannot be asked."""
    client = redis_client(redis_url)
    try:
        return str(client.info("memory").get("maxmemory_policy", ""))
    except redis.RedisError:  # away, or this user may not ask
        return ""
    finally:
        client.close()


def in_words(policy: str) -> str:
    return (
        f"this Redis throws keys away when it is full (maxmemory-policy {policy}), and queues with "
        "them: set maxmemory-policy noeviction"
    )
