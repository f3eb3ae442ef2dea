"""Secrets that people try first are refused at start, in words that never repeat them."""

import pytest

from contract.env import Env

GOOD = "kT3vQ9-xW2mZ7_pLr4"
URL = "postgresql://leads_app:{}@postgres:5432/leads"
BAD = ["password", "changeme", "postgres", "leads_app", "hunter2", "aaaaaaaaaaaaaaaaaaaaaaa"]
BAD += ["passwordpassword", "frontdesk-frontdesk", "Password12345678", "abcabcabcabcabcabc"]


def problem(environ: dict[str, str], *, strong: bool = True) -> str:
    env = Env(environ)
    if "URL" in environ:
        env.url("URL", schemes=("postgresql",), strong=strong)
    else:
        env.secret("TOKEN", strong=strong)
    return "; ".join(env.problems)


@pytest.mark.parametrize("bad", BAD)
def test_a_password_that_can_be_guessed_is_refused(bad: str) -> None:
    for environ in ({"URL": URL.format(bad)}, {"TOKEN": bad}):
        said = problem(environ)
        assert "can be guessed" in said
        assert "make up makes a good one" in said
        assert bad not in said.replace("leads_app", "")


def test_an_address_without_a_password_is_refused() -> None:
    assert "has no password" in problem({"URL": "postgresql://leads_app@postgres/leads"})


def test_a_good_secret_is_taken() -> None:
    assert problem({"URL": URL.format(GOOD)}) == ""
    assert problem({"TOKEN": GOOD}) == ""


def test_a_demo_on_this_machine_may_be_weak() -> None:
    assert problem({"URL": "postgresql://leads_app@127.0.0.1/leads"}, strong=False) == ""


def test_an_address_that_cannot_be_read_is_said_without_repeating_it() -> None:
    said = problem({"URL": "postgresql://me:hush@[::1/leads"})
    assert said == "URL: is no URL that can be read"
