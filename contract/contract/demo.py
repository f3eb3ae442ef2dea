"""A demo shows what production hides, so it stays on this machine."""

from ipaddress import ip_address

from contract.env import Env

LOOPBACK = "127.0.0.1"
ANY_ADDRESS = "0.0.0.0"  # noqa: S104 - inside the services' own network


def demo(env: Env) -> bool:
    """FRONTDESK_DEMO; a problem where EDGE_BIND would let others reach the demo."""
    is_demo = env.flag("FRONTDESK_DEMO")
    edge_bind = env.text("EDGE_BIND", LOOPBACK)
    if is_demo and not _is_loopback(edge_bind):
        env.problems.append(
            f"EDGE_BIND: must be a loopback address with FRONTDESK_DEMO=1, not {edge_bind!r}"
        )
    return is_demo


def bind(env: Env, name: str) -> str:
    """Where a service listens: on this machine in a demo, unless `name` says otherwise.

    Compose does: a container has an address of its own, and only the edge's is published.
    """
    return env.text(name, LOOPBACK if env.flag("FRONTDESK_DEMO") else ANY_ADDRESS)


def _is_loopback(address: str) -> bool:
    try:
        return address == "localhost" or ip_address(address).is_loopback
    except ValueError:
        return False
