"""What somebody who writes to one of our numbers asks of the texts themselves: stop, start, help.

The carriers' words, their Spanish sisters, and what people write instead of them.  A sentence
that merely has such a word in it ("the pain will not stop") is none: whoever is in pain must not
be silenced by it.
"""

import re
import unicodedata

STOP, START, HELP = "stop", "start", "help"
# what carriers and Twilio act on and answer by themselves
CARRIERS = {
    STOP: {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"},
    START: {"start", "unstop"},
}
WORDS = {
    STOP: CARRIERS[STOP] | {"alto", "pare", "parar", "parad", "paren", "basta", "baja", "cancelar"},
    START: CARRIERS[START] | {"comenzar", "empezar", "iniciar", "resume"},
    HELP: {"help", "info", "ayuda"},
}
SPANISH = {"alto", "pare", "parar", "parad", "paren", "basta", "baja", "cancelar", "comenzar"}
SPANISH |= {"empezar", "iniciar", "ayuda", "mensaje", "mensajes", "texto", "textos", "dejen"}
SPANISH |= {"deje", "quiero", "envien", "manden", "escriban", "numero", "quitenme", "borrenme"}
POLITE = {"please", "pls", "plz", "thanks", "thank", "you", "now", "ok", "por", "favor", "gracias"}
POLITE |= {"ya", "it", "all", "just", "hey", "hi", "hola"}

_OF_TEXTS = r"(texts?|texting|messages?|messaging|msgs?|sms)"
_DE_TEXTOS = r"(mensajes?|textos?|sms)"
PHRASES = {
    STOP: re.compile(
        rf"\b(stop|quit|cease|cancel|end|no more|enough with) (\w+ ){{0,2}}{_OF_TEXTS}\b"
        rf"|\b(stop|quit) (contacting|writing( to)?|bothering) (me|this)\b"
        r"|\b(do not|dont|never) (\w+ )?(text|message|sms) (me|this)\b"
        rf"|\b(do not|dont|no longer) want (\w+ ){{0,3}}{_OF_TEXTS}\b"
        r"|\b(take|remove|delete) (me|my (phone )?number|this number) (off|from)\b"
        r"|\bunsubscribe( me)?\b|\bopt(ing)? ?(me )?out\b|\bleave me alone\b"
        r"|^(\w+ )?wrong (number|person)$"
        rf"|\bno (me )?(envi|mand|escrib|text)\w* (mas\b|{_DE_TEXTOS}|por aqui)"
        rf"|\bno mas {_DE_TEXTOS}\b|\bno quiero (\w+ ){{0,3}}{_DE_TEXTOS}\b"
        r"|\b(dejen?|deje|paren?) de (envi|mand|escrib|text)\w+"
        r"|\b(quit|borr|elimin|sac)(en|e)me\b|\b(dar|den|deme)(me)? de baja\b|\bdesuscrib\w+"
        r"|^numero equivocado$"
    ),
    START: re.compile(
        r"^opt (me )?in( again)?$|^(text|message) me again$"
        r"|^(start|resume) (texts|texting|messages|again)$|^(quiero )?(recibir )?mensajes otra vez$"
    ),
}
APOSTROPHE = re.compile("['\u2019]")
LONGEST = 160  # a wish is short; a longer text is told to a person


def wish(text: str) -> str | None:
    """STOP, START, HELP, or None: it is about something else.

    >>> [wish(text) for text in ("STOP.", "stop pls!", "¡Alto!", "please stop texting me")]
    ['stop', 'stop', 'stop', 'stop']
    >>> [wish(text) for text in ("The pain won't stop", "I must cancel my appointment", "4")]
    [None, None, None]
    """
    if len(text) > LONGEST:
        return None
    words = plain(text).split()
    if text.strip() in {"?", "??"}:
        return HELP
    meant = [word for word in words if word not in POLITE] or words
    if len(meant) == 1 and (known := [w for w in WORDS if meant[0] in WORDS[w]]):
        return known[0]
    said = " ".join(words)
    return next((what for what, form in PHRASES.items() if form.search(said)), None)


def is_carriers(text: str) -> bool:
    """Do carriers know `text` as a word of theirs, so that they answer it themselves?"""
    words = plain(text).split()
    return len(words) == 1 and any(words[0] in known for known in CARRIERS.values())


def in_spanish(text: str) -> bool:
    """Is it said in Spanish words?"""
    return not SPANISH.isdisjoint(plain(text).split())


def plain(text: str) -> str:
    """Lower case, without accents, signs and emoji; "don't" is "dont"."""
    folded = unicodedata.normalize("NFKD", APOSTROPHE.sub("", text.casefold()))
    letters = (sign for sign in folded if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", "".join(letters)).split())
