"""Generated schedules against the minute-by-minute oracle, and answers raced against claims."""

from sqlalchemy import Engine

from faults import escalation, silence

SEED = 20_261_101


def test_each_contact_is_told_in_the_minute_that_the_oracle_names(engine: Engine) -> None:
    checked = escalation.check(engine, count=escalation.QUICK, seed=SEED)
    assert checked.wrong == []
    assert checked.told > checked.schedules


def test_nothing_is_claimed_after_an_answer(engine: Engine) -> None:
    late, before = silence.race(engine, races=silence.QUICK, seed=SEED)
    assert late == 0
    assert before > 0  # and some claims were first: it is a race
