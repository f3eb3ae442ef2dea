"""Ask notify for a change of alert settings; the asking and what came of it are audited.

The first row is written before notify is asked, so that no change is without one; the second says
what notify answered.  No address is in either.
"""

from flask import request

from contract.alert_settings import CHANGE_PATH, TEST_PATH, Change, Changed
from leads.desk.guard import Visit
from leads.desk.settings_place import Place
from leads.desk.workplace import Workplace
from leads.staff import audit, people
from plumbing.questions import NoAnswer

TEST = "test"
OF_A_LIST = ("up", "down", "join", "leave", TEST)
OF_A_CONTACT = ("edit", "off", "back", "remove", "again", "withdraw", TEST)
NEW = "new"
NOT_TYPED = frozenset({"form_key", "do", "seen", "contact", "duty", "speaks"})


def ask_for(
    workplace: Workplace, visit: Visit, place: Place, *, do: str, contact: str = ""
) -> Changed:
    """What came of `do`, with what was typed into the form.  Raises NoAnswer."""
    with workplace.scoped(visit) as scope:
        managers = people.who_set_alerts(scope.connection, place.clinic.slug)
    others = tuple(one.email for one in managers if one.id != visit.person.id)
    asked = Change(
        clinic=place.clinic.slug,
        location=place.location.slug,
        do=do,
        contact=contact,
        duty=request.form.get("duty", "tell"),
        seen=request.form.get("seen", ""),
        by=visit.person.name,
        by_id=str(visit.person.id),
        typed=_typed(),
        tell=others,
    )
    where = place.location.name
    _note(workplace, visit, place, "asked for", f"{do} {contact}, {where}".replace(" ,", ","))
    path = TEST_PATH if do == TEST else CHANGE_PATH
    try:
        changed = Changed.from_json(workplace.notify.ask(path, asked.to_json()))
    except NoAnswer as error:
        unknown = "no answer: it may have been made" if error.heard else "notify is away"
        _note(workplace, visit, place, "not known" if error.heard else "not made", unknown)
        raise
    except TypeError:
        _note(workplace, visit, place, "not known", "no usable answer")
        raise NoAnswer("no usable answer", heard=True) from None
    if changed.said:
        _note(workplace, visit, place, "made", changed.said)
    else:
        why = "the settings had changed meanwhile" if changed.stale else "refused, or so already"
        _note(workplace, visit, place, "not made", why)
    return changed


def _typed() -> dict[str, str]:
    typed = {name: value for name, value in request.form.items() if name not in NOT_TYPED}
    return typed | {"speaks": " ".join(request.form.getlist("speaks"))}


def _note(workplace: Workplace, visit: Visit, place: Place, what: str, reason: str) -> None:
    with workplace.scoped(visit) as scope:
        audit.note(
            scope.connection,
            f"alert settings: change {what}",
            staff_id=visit.person.id,
            clinic=place.clinic.slug,
            detail={"location": place.location.slug, "reason": reason},
        )
