"""Stop, start and help, however people write them; and never out of a patient's complaint."""

import pytest

from notify.wishes import in_spanish, is_carriers, wish

STOP = """
STOP|stop|Stop.|STOP!!!|stop pls|Please stop|stop please thanks|STOPALL|unsubscribe
UNSUBSCRIBE ME|cancel|END|quit|QUIT|revoke|optout|opt out|Opt-out|please opt me out
stop texting me|Stop texting!|STOP SENDING ME TEXTS|stop sending these messages
no more texts|no more messages please|cease texting|do not text me|Don't text me
don’t text this number|dont message me again|never text me again|I don't want any more texts
I no longer want these messages|remove me from your list|take my number off this list
please delete my number from here|leave me alone|wrong number|Sorry wrong number
stop contacting me|Stop bothering me|🛑 stop 🛑|ALTO|¡Alto!|pare|PARE POR FAVOR|parar|basta ya
baja|Cancelar|no me envíen más mensajes|No me manden mas|no me escriban más|no más mensajes
no quiero recibir más mensajes|dejen de enviarme mensajes|Deje de escribir
quítenme de la lista|bórrenme|darme de baja|quiero desuscribirme|número equivocado
"""
NOT = """
The pain won't stop|I can't stop coughing|Please stop by the pharmacy for me
When does it stop hurting?|I need to cancel my appointment|cancel my 3 pm
the end of the week is fine|I quit smoking, does that help|I could not text my doctor|4|4N
4Y|ok|yes|I have it|Can you help me with my back?|help me please I am in pain
I got your message|thank you for the text|No puedo parar de toser|¿A qué hora cierran?
me duele la espalda|quiero cancelar mi cita|no me siento bien
wrong number of pills in the bottle|👍|.||   |I need help
"""


def each(text: str) -> list[str]:
    return [one for line in text.strip("\n").splitlines() for one in line.split("|")]


@pytest.mark.parametrize("text", each(STOP))
def test_a_stop_is_understood(text: str) -> None:
    assert wish(text) == "stop"


@pytest.mark.parametrize("text", each(NOT))
def test_a_complaint_silences_nobody(text: str) -> None:
    assert wish(text) is None


@pytest.mark.parametrize("text", ["START", "unstop", "Start please", "text me again", "opt in"])
def test_a_start_is_understood(text: str) -> None:
    assert wish(text) == "start"


@pytest.mark.parametrize("text", ["HELP", "info", "Ayuda", "?", "help please"])
def test_a_call_for_help_is_understood(text: str) -> None:
    assert wish(text) == "help"


def test_a_long_text_is_for_a_person() -> None:
    assert wish("stop texting me " * 20) is None


def test_carriers_answer_their_own_words() -> None:
    assert is_carriers("Stop.")
    assert is_carriers("START")
    assert not is_carriers("ALTO")
    assert not is_carriers("please stop texting me")


def test_spanish_is_answered_in_spanish() -> None:
    assert in_spanish("¡Alto!")
    assert in_spanish("no me envíen más mensajes")
    assert not in_spanish("stop texting me")
