"""Looking after an installation: backup, restore, doctor, setup.

KeepingError        it cannot be done; the message says why and what to do
"""


class KeepingError(Exception):
    """The message is for the person at the terminal."""
