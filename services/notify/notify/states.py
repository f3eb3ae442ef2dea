"""The states of an alert, and the kinds of its steps.

open, told, failed      nobody at the clinic has answered; told: a provider has a message
taken                   somebody has said "I have it"
settled                 the patient was reached, or the desk says how it went

alert       the first contact is told
text        the first contact's text, which waited for the opening
escalation  the next contact is told
reminder    whoever has it is asked how it went
follow_up   whoever has it wanted to call again at this time
missed      nobody in the chain has answered
notice      the others learn who has it
"""

OPEN, TOLD, FAILED, TAKEN, SETTLED = "open", "told", "failed", "taken", "settled"

STILL_OPEN = (OPEN, TOLD, FAILED)
ANSWERED = (TAKEN, SETTLED)

ALERT, TEXT, ESCALATION = "alert", "text", "escalation"
REMINDER, FOLLOW_UP, MISSED, NOTICE = "reminder", "follow_up", "missed", "notice"
