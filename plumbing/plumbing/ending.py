"""How a process ends: at once."""

import gc


def leave_to_the_system() -> None:
    """Let an ending process not look through all it has for garbage.

    That takes up to a second of CPU for each process, and all of them end in the same moment: on a
    busy machine it took longer than everything may take to stop.
    """
    gc.freeze()
