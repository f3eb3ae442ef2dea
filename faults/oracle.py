"""What must happen to an alert, found out minute by minute: slow, plain, and knowing nothing of
the code that it checks.

It walks through every minute of a schedule.  Each minute that the location is open counts down
what is waited for.  Moments are whole minutes since `Schedule.start`.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DESK = "desk: "
MARGIN = 3000  # minutes that are known before and after

Said = tuple[int, str, str, str]  # minute, what, whom, how


@dataclass(frozen=True, kw_only=True)
class Person:
    key: str
    email: bool
    sms: bool
    spanish: bool
    quiet: tuple[time, time] | None
    off: tuple[date, date, str] | None  # first, last, who covers ("": nobody)


@dataclass(frozen=True, kw_only=True)
class Hours:
    """`spans`: for each weekday, Monday first, pairs of wall times; a later day where not after."""

    spans: tuple[tuple[tuple[time, time], ...], ...]
    closures: tuple[tuple[date, date], ...]


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something that somebody does, or new hours, at a minute."""

    minute: int
    what: str
    who: str = ""
    until: int = 0
    hours: Hours | None = None


@dataclass(frozen=True, kw_only=True)
class Schedule:
    zone: str
    start: datetime  # UTC, a whole minute: when the request comes in
    minutes: int  # how long it is looked at
    hours: Hours
    people: tuple[Person, ...]
    tell: tuple[str, ...]
    on_call: tuple[str, ...]
    after_hours: str
    next_after: int
    remind_after: int
    call_again_after: int
    spanish: bool  # is wanted for the call
    first_place: int
    acts: tuple[Act, ...]


@dataclass
class Oracle:
    """One schedule on its way."""

    plan: Schedule
    said: list[Said] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    state: str = "open"
    holder: str = ""
    missed: bool = False
    # what is waited for: kind, and either the minute, or (since, how many open minutes)
    kind: str = ""
    at: int | None = None
    since: int = 0
    left: int | None = None
    asked: int = 0
    wanted: str = ""  # who was named for it

    walls: list[datetime] = field(default_factory=list)
    open: list[bool] = field(default_factory=list)

    def run(self) -> list[Said]:
        """What is said to whom, in order."""
        plan = self.plan
        self.walls = [
            (plan.start + timedelta(minutes=m)).astimezone(ZoneInfo(plan.zone)).replace(tzinfo=None)
            for m in range(-MARGIN, plan.minutes + MARGIN)
        ]
        self.open = self._open_minutes(plan.hours)
        self._comes_in(0)
        acts = sorted(plan.acts, key=lambda act: act.minute)
        for minute in range(plan.minutes + 1):
            self._due(minute)
            while acts and acts[0].minute == minute:
                self._act(acts.pop(0))
                self._due(minute)
            if self.left and self.open[minute + MARGIN]:
                self.left -= 1
                if self.left == 0:
                    self.at, self.left = minute + 1, None
        return self.said

    # hours, one minute at a time

    def _open_minutes(self, hours: Hours) -> list[bool]:
        """A span lasts from the first minute at or after its opening by the wall clock to the
        first one at or after its closing."""
        is_open = [False] * len(self.walls)
        first: dict[datetime, int] = {}
        for index, wall in enumerate(self.walls):
            first.setdefault(wall, index)
        day = self.walls[0].date()
        while day <= self.walls[-1].date():
            shut = any(a <= day <= b for a, b in hours.closures)
            for opens, closes in () if shut else hours.spans[day.weekday()]:
                ends = day if closes > opens else day + timedelta(days=1)
                begin = self._first(first, datetime.combine(day, opens))
                end = self._first(first, datetime.combine(ends, closes))
                for index in range(begin, end):
                    is_open[index] = True
            day += timedelta(days=1)
        return is_open

    def _first(self, first: dict[datetime, int], wall: datetime) -> int:
        if wall < self.walls[0]:
            return 0
        while wall not in first:
            if wall > self.walls[-1]:
                return len(self.walls)
            wall += timedelta(minutes=1)
        return first[wall]

    def _is_open(self, minute: int) -> bool:
        return self.open[minute + MARGIN]

    # who, in which order

    def _person(self, key: str) -> Person:
        return next(person for person in self.plan.people if person.key == key)

    def _is_off(self, key: str, minute: int) -> str | None:
        """Who covers, "" if nobody; None: not off."""
        off, today = self._person(key).off, self.walls[minute + MARGIN].date()
        return off[2] if off and off[0] <= today <= off[1] else None

    def _order(self, minute: int) -> list[str]:
        plan = self.plan
        calls = plan.after_hours == "on_call" and plan.on_call and not self._is_open(minute)
        named = plan.on_call if calls else plan.tell
        there: list[str] = []
        for key in named:
            who, seen = key, {key}
            cover = self._is_off(who, minute)
            while cover is not None:
                if cover == "" or cover in seen:
                    who = ""
                    break
                seen.add(cover)
                who, cover = cover, self._is_off(cover, minute)
            if who and who not in there:
                there.append(who)
        there = there or list(named)
        if plan.spanish:
            there.sort(key=lambda key: not self._person(key).spanish)
        ahead = min(plan.first_place, len(there)) - 1
        return [*there[ahead:], *there[:ahead]]

    def _quiet_until(self, key: str, minute: int) -> int:
        quiet = self._person(key).quiet
        while quiet and self._is_quiet(quiet, minute):
            minute += 1
        return minute

    def _is_quiet(self, quiet: tuple[time, time], minute: int) -> bool:
        wall, (starts, ends) = self.walls[minute + MARGIN].time(), quiet
        if starts < ends:
            return starts <= wall < ends
        return wall >= starts or wall < ends

    def _ways(self, key: str, minute: int) -> str:
        """How this contact can be told now; "": not now."""
        person = self._person(key)
        texts = person.sms and self._quiet_until(key, minute) == minute
        return " ".join(["email"] * person.email + ["sms"] * texts)

    # what happens

    def _comes_in(self, minute: int) -> None:
        mode = "now" if self._is_open(minute) else self.plan.after_hours
        order = self._order(minute)
        soonest = min(order, key=lambda key: self._soonest(key, minute))
        mails = self._person(soonest).email
        if mode == "hold" or (mode == "email_now" and not mails):
            self._wait_open("alert", minute, 0)
        elif mode == "email_now":
            self._say(minute, "alert", soonest, "email")
            self.told.append(soonest)
            if self._person(soonest).sms:
                self._wait_open("text", minute, 0)
                self.wanted = soonest
            else:
                self._wait_answer(minute)
        else:
            self._next(minute, "alert")

    def _soonest(self, key: str, minute: int) -> int:
        return minute if self._ways(key, minute) else self._quiet_until(key, minute)

    def _next(self, minute: int, kind: str) -> None:
        left = [key for key in self._order(minute) if key not in self.told]
        if not left:
            self._end(minute)
            return
        who = min(left, key=lambda key: self._soonest(key, minute))
        when = self._soonest(who, minute)
        if when > minute:
            self._wait_until(kind, when)
            return
        self._tell(minute, kind, who)

    def _tell(self, minute: int, kind: str, who: str) -> None:
        self._say(minute, kind, who, self._ways(who, minute))
        self.told.append(who)
        self._wait_answer(minute)

    def _wait_answer(self, minute: int) -> None:
        plan = self.plan
        if plan.after_hours == "on_call" and plan.on_call and not self._is_open(minute):
            self._wait_until("escalation", minute + plan.next_after)
        else:
            self._wait_open("escalation", minute, plan.next_after)

    def _end(self, minute: int) -> None:
        plan = self.plan
        if plan.after_hours == "on_call" and plan.on_call and not self._is_open(minute):
            self._wait_open("escalation", minute, 0)
            return
        self._wait_nothing()
        self.missed = True
        for key in self._order(minute):
            if ways := self._ways(key, minute):
                self._say(minute, "missed", key, ways)

    def _due(self, minute: int) -> None:
        while self._is_due(minute):
            kind, wanted = self.kind, self.wanted
            self._wait_nothing()
            if kind in {"reminder", "follow_up"}:
                self._remind(minute, kind)
            elif kind == "text":
                ways = self._ways(wanted, minute).split()
                if self._is_off(wanted, minute) is None and "sms" in ways:
                    self._say(minute, "text", wanted, "sms")
                    self._wait_answer(minute)
                else:
                    self._next(minute, "escalation")
            elif self.state == "taken":
                self.state, self.holder = "open", ""
                self._next(minute, kind)
            elif (
                wanted
                and self._is_off(wanted, minute) is None
                and self._soonest(wanted, minute) == minute
            ):
                self._tell(minute, kind, wanted)
            else:
                self._next(minute, kind)

    def _is_due(self, minute: int) -> bool:
        if self.at is not None:
            return self.at <= minute
        return self.left == 0 and self._is_open(minute)

    def _remind(self, minute: int, kind: str) -> None:
        who = self.holder.removeprefix(DESK)
        if who not in {person.key for person in self.plan.people}:
            who = self.plan.tell[0]
        if self._is_off(who, minute) is None and (ways := self._ways(who, minute)):
            self._say(minute, kind, who, ways)
            self._wait_answer(minute)
        else:
            self._wait_until("escalation", minute)

    def _act(self, act: Act) -> None:
        minute = act.minute
        match act.what:
            case "hours":
                assert act.hours is not None
                self.open = self._open_minutes(act.hours)
                self._count_again(minute)
            case "take" if self.state == "open":
                self.state, self.holder = "taken", act.who
                self._wait_open("reminder", minute, self.plan.remind_after)
            case "decline" if self.state == "open" or self.holder == act.who:
                if self.state == "settled":
                    return
                held, self.state, self.holder = self.state == "taken", "open", ""
                if held or not self.missed:
                    self._wait_until("escalation", minute)
            case "reach":
                self.state, self.holder = "settled", act.who
                self._wait_nothing()
            case _ if act.what.startswith("desk "):
                self._desk(act)

    def _desk(self, act: Act) -> None:
        """What somebody says on the desk has the last word."""
        plan, minute = self.plan, act.minute
        if act.what in {"desk passed_on", "desk reopened"}:
            self.state, self.holder, self.missed = "open", "", False
            self._wait_until("escalation", minute)
            if act.what == "desk passed_on":
                self.wanted = act.who
            else:
                self.told = []
            return
        if self.holder != act.who:
            self.holder = f"{DESK}{act.who}"
        self.state = "taken"
        if act.what == "desk taken":
            self._wait_open("reminder", minute, plan.remind_after)
        elif act.what == "desk left_message":
            self._wait_open("reminder", minute, plan.call_again_after)
        else:
            self._wait_until("follow_up", act.until)

    # waiting

    def _wait_nothing(self) -> None:
        self.kind, self.at, self.left, self.wanted = "", None, None, ""

    def _wait_until(self, kind: str, minute: int) -> None:
        self._wait_nothing()
        self.kind, self.at = kind, minute

    def _wait_open(self, kind: str, since: int, minutes: int) -> None:
        self._wait_nothing()
        self.kind, self.since, self.left = kind, since, minutes
        self.asked = minutes

    def _count_again(self, minute: int) -> None:
        """New hours hold from when the counting began."""
        if self.left is None:
            return
        before = sum(self._is_open(passed) for passed in range(self.since, minute))
        self.left = max(self.asked - before, 0)
        if before and self.left == 0:
            self.at, self.left = minute, None

    def _say(self, minute: int, what: str, who: str, how: str) -> None:
        self.said.append((minute, what, who, how))
