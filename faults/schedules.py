"""Schedules as nobody would think of them: zones, spans over midnight and over both clock changes,
closures, days off, quiet hours, answers at any minute, hours that change meanwhile.
"""

import random
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from faults.oracle import Act, Hours, Person, Schedule

ZONES = (
    "America/Los_Angeles",
    "America/Phoenix",  # knows no clock change
    "America/New_York",
    "America/Denver",
    "America/Anchorage",
    "America/St_Johns",  # half an hour off
)
CHANGES = (datetime(2026, 11, 1, 12, tzinfo=UTC), datetime(2027, 3, 14, 12, tzinfo=UTC))
KEYS = ("ann", "bo", "cy", "di", "ed")
ALL = timedelta(days=4)


def a_schedule(dice: random.Random) -> Schedule:
    zone = dice.choice(ZONES)
    near = dice.choice(CHANGES) if dice.random() < 0.6 else datetime(2026, 6, 1, tzinfo=UTC)
    start = near + timedelta(minutes=dice.randrange(-3 * 1440, 1440))
    minutes = dice.randrange(1440, int(ALL.total_seconds() // 60))
    keys = KEYS[: dice.randrange(1, 6)]
    people = tuple(_person(dice, key, keys, start, zone) for key in keys)
    tell = tuple(dice.sample(keys, dice.randrange(1, len(keys) + 1)))
    mode = dice.choice(("now", "hold", "email_now", "on_call"))
    on_call = tuple(dice.sample(keys, dice.randrange(1, min(len(keys), 2) + 1)))
    return Schedule(
        zone=zone,
        start=start,
        minutes=minutes,
        hours=_hours(dice, start, zone),
        people=people,
        tell=tell,
        on_call=on_call if mode == "on_call" else (),
        after_hours=mode,
        next_after=dice.randrange(5, 90),
        remind_after=dice.randrange(5, 90),
        call_again_after=dice.randrange(5, 300),
        spanish=dice.random() < 0.3,
        first_place=2 if dice.random() < 0.2 else 1,
        acts=_acts(dice, keys, minutes, start, zone),
    )


def _person(
    dice: random.Random, key: str, keys: tuple[str, ...], start: datetime, zone: str
) -> Person:
    email = dice.random() < 0.7
    off = None
    if dice.random() < 0.3:
        first = start.astimezone(ZoneInfo(zone)).date() + timedelta(days=dice.randrange(-2, 3))
        covers = [other for other in keys if other != key]
        cover = dice.choice(covers) if covers and dice.random() < 0.6 else ""
        off = (first, first + timedelta(days=dice.randrange(3)), cover)
    quiet = (_wall(dice), _wall(dice)) if dice.random() < 0.3 else None
    return Person(
        key=key,
        email=email,
        sms=not email or dice.random() < 0.7,
        spanish=dice.random() < 0.4,
        quiet=quiet if quiet and quiet[0] != quiet[1] else None,
        off=off,
    )


def _hours(dice: random.Random, start: datetime, zone: str) -> Hours:
    week = [_day(dice) for _ in range(7)]
    if not any(week):
        week[dice.randrange(7)] = ((time(9), time(17)),)
    closures = ()
    if dice.random() < 0.3:
        first = start.astimezone(ZoneInfo(zone)).date() + timedelta(days=dice.randrange(-1, 4))
        closures = ((first, first + timedelta(days=dice.randrange(2))),)
    return Hours(spans=tuple(week), closures=closures)


def _day(dice: random.Random) -> tuple[tuple[time, time], ...]:
    """No span, one, two with a pause; sometimes over midnight or in the hour of a change."""
    kind = dice.random()
    if kind < 0.2:
        return ()
    if kind < 0.6:
        return ((time(dice.randrange(6, 11)), time(dice.randrange(14, 20), 30)),)
    if kind < 0.75:
        return ((time(8), time(12)), (time(13, 15), time(17, dice.randrange(60))))
    return ((_wall(dice), _wall(dice)),)


def _wall(dice: random.Random) -> time:
    if dice.random() < 0.3:
        return dice.choice((time(1, 30), time(2), time(2, 30), time(3), time(0)))
    return time(dice.randrange(24), dice.randrange(12) * 5)


def _acts(
    dice: random.Random, keys: tuple[str, ...], minutes: int, start: datetime, zone: str
) -> tuple[Act, ...]:
    moments = sorted(dice.sample(range(1, minutes), dice.randrange(5)))
    if moments and dice.random() < 0.5:  # soon after the request
        moments[0] = dice.randrange(1, 60)
    return tuple(_act(dice, keys, minute, start, zone) for minute in sorted(set(moments)))


def _act(
    dice: random.Random, keys: tuple[str, ...], minute: int, start: datetime, zone: str
) -> Act:
    what = dice.choice(
        (
            "take", "take", "take", "decline", "reach", "hours", "desk taken", "desk follow_up",
            "desk left_message", "desk passed_on", "desk reopened",
        )
    )  # fmt: skip
    if what == "hours":
        return Act(minute=minute, what=what, hours=_hours(dice, start, zone))
    who = dice.choice(keys)
    if what in {"desk taken", "desk passed_on"} and dice.random() < 0.5:
        who = "" if what == "desk passed_on" else "renee"
    return Act(minute=minute, what=what, who=who, until=minute + dice.randrange(1, 600))
