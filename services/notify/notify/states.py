"""The states of an alert.

open, told, failed      nobody at the clinic has answered; told: a provider has a message
taken                   somebody has said "I have it"
settled                 the desk says how it went
"""

OPEN, TOLD, FAILED, TAKEN, SETTLED = "open", "told", "failed", "taken", "settled"

STILL_OPEN = (OPEN, TOLD, FAILED)
ANSWERED = (TAKEN, SETTLED)
