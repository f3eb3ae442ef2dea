"""What patients type stays in the database, sealed, and is nowhere else: planted words looked for.

In what staff get, in every log and metric, in Redis with all that it keeps on disk, in every file
of the copy but those of PostgreSQL, and in every table that the services can read.
"""

import re

from tests.builders import a_form
from tests.system.places import places
from tests.system.running import Copy, reference, wait_until

CLINIC = "foothill.localhost"
DESK = "desk.localhost"
PLANTED = {
    "name": "Quetzal Canaryname",
    "phone": "(559) 555-0187",
    "email": "canarymail@patient.example",
    "message": "canarysentence about my canaryspine",
}
# as typed, and as they could be changed on the way
WORDS = ("canary", "quetzal", "5595550187", "559) 555-0187", "555-0187")


def test_planted_words_are_found_nowhere_but_sealed(copy: Copy) -> None:
    told = _ask_in_every_way(copy)
    assert wait_until(lambda: told <= copy.alerted(), seconds=60)
    for one in told:
        _answer(copy, one)
    looked_at = dict(places(copy))
    kinds = {where.split()[0] for where in looked_at}
    assert kinds == {"captured", "metrics", "redis", "file", "leads", "notify"}
    found = {
        (where, word) for where, text in looked_at.items() for word in WORDS if word in text.lower()
    }
    assert found == set()


def _ask_in_every_way(copy: Copy) -> set[str]:
    """By form, by program, with a mistake, with words in the address and from a comment."""
    form = a_form(location="marsden", reply_by="phone", **PLANTED)
    told = {reference(copy.post(CLINIC, form))}
    by_program = copy.http.post(
        "/leads/v1/requests",
        json=form | {"message": "canaryprogram"},
        headers={"Host": f"{CLINIC}:{copy.port}"},
    )
    assert by_program.status_code == 201, by_program.text
    told.add(by_program.json()["reference"])
    assert copy.post(CLINIC, form | {"phone": "canary"}).status_code == 422
    copy.get(CLINIC, "/contact/?name=Quetzal&message=canaryquery")
    copy.get(CLINIC, "/thanks/?ref=canaryref&t=canarytoken")
    return told


def _answer(copy: Copy, told: str) -> None:
    """The alert's story goes on to its end, so that all that is said of it is said."""
    for message in copy.messages():
        link = re.search(r"/alerts/a/[A-Za-z0-9]{16}", str(message["text"]))
        if told in str(message["leads"]) and link:
            answer = copy.http.post(link[0], headers={"Host": f"{DESK}:{copy.port}"})
            assert answer.status_code == 303
            return
    raise AssertionError("no link in what was captured")
