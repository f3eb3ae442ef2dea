"""What a form may hold, and the words for what it may not."""

from datetime import UTC, datetime

import pytest

from contract.directory import Closure
from leads.body import UnreadableBody, read_fields
from leads.form import parse
from leads.request import FieldError, Request
from tests.builders import a_clinic, a_form, a_location

NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)  # a Sunday morning in California
CLINIC = a_clinic()


def parsed(**changes: str) -> Request:
    result = parse(a_form(**changes), CLINIC, now=NOW)
    assert isinstance(result, Request), result
    return result


def errors(**changes: str) -> dict[str, str]:
    result = parse(a_form(**changes), CLINIC, now=NOW)
    assert isinstance(result, list)
    return {error.field: error.message for error in result}


def test_a_phone_number_is_kept_as_typed_and_as_dialed() -> None:
    contact = parsed(phone="661.555.0199 ext 4").contact
    assert contact.phone_typed == "661.555.0199 ext 4"
    assert (contact.phone, contact.extension) == ("+16615550199", "4")


@pytest.mark.parametrize(
    "name", ["Ana Ruiz", "O'Brien-Smith", "李小龙", "محمد", "Ağa", "Nguyễn Thị"]
)
def test_a_name_may_be_in_any_script(name: str) -> None:
    assert parsed(name=name).name == name


def test_every_error_is_reported_in_the_order_of_the_form() -> None:
    result = parse(a_form(name="", phone="12", message="", location=""), CLINIC, now=NOW)
    assert isinstance(result, list)
    assert [error.field for error in result] == ["location", "name", "phone", "message"]


def test_the_way_to_reply_makes_its_address_required() -> None:
    assert "email" in errors(reply_by="email", email="")
    assert "phone" in errors(reply_by="text", phone="")
    assert parsed(reply_by="email", phone="", email="ana@example.com").contact.phone == ""


def test_without_a_chosen_way_the_given_address_is_it() -> None:
    assert parsed(reply_by="", phone="", email="ana@example.com").contact.reply_by == "email"


def test_s0_3_a_town_routes_when_no_location_was_chosen() -> None:
    assert parsed(location="", town="shafter").location.slug == "shafter"
    assert parsed(location="", town="93263").location.slug == "shafter"


def test_an_unknown_location_is_refused_in_words() -> None:
    assert errors(location="paris") == {"location": "Choose one of our locations"}


def test_a_clinic_with_one_location_needs_no_choice() -> None:
    clinic = a_clinic(locations=(a_location(),))
    result = parse(a_form(location=""), clinic, now=NOW)
    assert isinstance(result, Request)


def test_someone_else_needs_the_patients_name_and_the_relation() -> None:
    assert set(errors(**{"for": "someone_else"})) == {"patient_name", "relationship"}
    request = parsed(
        **{"for": "someone_else", "patient_name": "Leo", "relationship": "his godmother"}
    )
    assert request.relationship == "his godmother"


def test_an_appointment_asks_for_reason_and_whether_new() -> None:
    assert set(errors(kind="appointment")) == {"reason", "patient"}
    request = parsed(kind="appointment", reason="back-pain", patient="new", message="")
    assert request.preferences == ()


@pytest.mark.parametrize(
    "typed", ["2026-12-03", "12/3/2026", "12/3/26", "Dec 3", "December 3, 2026"]
)
def test_a_day_is_read_as_people_in_the_us_type_it(typed: str) -> None:
    request = parsed(
        kind="appointment",
        reason="back-pain",
        patient="new",
        when="days",
        preferred_date_1=typed,
        preferred_part_1="morning",
    )
    [preference] = request.preferences
    assert (preference.day.isoformat(), preference.part) == ("2026-12-03", "morning")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("11/21/2026", "in the past"),
        ("2027-06-01", "too far ahead"),
        ("12/6/2026", "Shafter is closed on Sunday, December 6"),
        ("soon", "Enter a day like"),
        ("", "choose as soon as possible"),
    ],
)
def test_a_day_that_cannot_be_is_explained(typed: str, words: str) -> None:
    found = errors(
        kind="appointment", reason="back-pain", patient="new", when="days", preferred_date_1=typed
    )
    assert words in found["preferred_date_1"]


def test_a_closure_is_known_to_the_form() -> None:
    day = datetime(2026, 12, 3, tzinfo=UTC).date()
    closed = a_location("shafter", closures=(Closure(first=day, last=day, reason="Training"),))
    fields = a_form(kind="appointment", reason="back-pain", patient="new", when="days")
    result = parse(
        fields | {"preferred_date_1": "12/3/2026"}, a_clinic(locations=(closed,)), now=NOW
    )
    assert result == [
        FieldError(
            field="preferred_date_1",
            message="Shafter is closed on Thursday, December 3 (Training). "
            "It is open Monday to Friday.",
        )
    ]


def test_too_long_a_message_names_the_limit() -> None:
    assert errors(message="x" * 2001)["message"] == "Your message must be 2,000 characters or less"


def test_a_control_character_is_refused_in_words() -> None:
    assert "cannot keep" in errors(message="pain\x0bhere")["message"]


def test_a_line_break_cannot_hide_in_a_name() -> None:
    assert parsed(name="Ana\nBcc: x@example.com").name == "Ana Bcc: x@example.com"


def test_the_trap_is_noted_and_the_request_kept() -> None:
    assert parsed(topic_code="spam").suspicions == ("trap",)


@pytest.mark.parametrize("path", ["//evil.example/", "https://evil.example/", "/a?b", "x"])
def test_only_a_path_of_our_own_is_kept_as_the_page_that_led_here(path: str) -> None:
    assert parsed(**{"from": path}).attribution.path == ""


def test_bytes_that_are_no_text_are_refused() -> None:
    for body in (b"name=%ff%fe", b"name=\xff"):
        with pytest.raises(UnreadableBody, match="UTF-8"):
            read_fields(body)


def test_more_than_forty_fields_are_refused() -> None:
    with pytest.raises(UnreadableBody, match="40 fields"):
        read_fields("&".join(f"f{n}=x" for n in range(41)).encode())


def test_composed_and_decomposed_letters_are_the_same_text() -> None:
    assert read_fields(b"name=Jose%CC%81")["name"] == "José"


def in_spanish(**changes: str) -> dict[str, str]:
    result = parse(a_form(language="es", **changes), a_clinic(languages=("en", "es")), now=NOW)
    assert isinstance(result, list)
    return {error.field: error.message for error in result}


def test_mistakes_on_a_spanish_page_are_told_in_spanish() -> None:
    assert in_spanish(name="", phone="12") == {
        "name": "Escriba su nombre completo",
        "phone": "Escriba un número de teléfono con código de área, como (661) 555-0142",
    }
    sunday = in_spanish(
        kind="appointment",
        reason="back-pain",
        patient="new",
        when="days",
        preferred_date_1="6 de diciembre",
    )
    assert sunday["preferred_date_1"] == (
        "Shafter cierra el domingo 6 de diciembre. Abre estos días: lunes a viernes."
    )


def test_a_language_that_the_clinic_has_not_switched_on_is_not_spoken() -> None:
    assert parsed(language="es").language == "en"
    assert errors(language="es", name="")["name"] == "Enter your full name"


@pytest.mark.parametrize("town", ["Shafter, CA", "SHAFTER", " shafter ", "93263-1234", "93263 CA"])
def test_a_town_is_known_in_any_spelling(town: str) -> None:
    request = parsed(location="", town=town)
    assert (request.location.slug, request.routed_by) == ("shafter", "town")


def test_a_town_without_a_location_of_ours_goes_to_the_clinics_first() -> None:
    request = parsed(location="", town="Fresno")
    assert (request.location.slug, request.routed_by) == ("bakersfield", "default")


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("morning", ""),
        ("evening", "Shafter is not open in the evening on Thursday, December 3."),
    ],
)
def test_the_part_of_a_day_is_checked_against_the_hours(part: str, words: str) -> None:
    fields = a_form(kind="appointment", reason="back-pain", patient="new", when="days")
    fields |= {"preferred_date_1": "12/3", "preferred_part_1": part}
    result = parse(fields, CLINIC, now=NOW)
    assert isinstance(result, list) == bool(words)
    if isinstance(result, list):
        assert result[0].message.startswith(words)


def test_today_cannot_be_asked_for_once_the_location_has_closed() -> None:
    evening = datetime(2026, 11, 24, 2, tzinfo=UTC)  # Monday, 6 pm in California
    fields = a_form(kind="appointment", reason="back-pain", patient="new", when="days")
    result = parse(fields | {"preferred_date_1": "11/23/2026"}, CLINIC, now=evening)
    assert isinstance(result, list)
    assert result[0].message == "Shafter has closed for today. Choose a later day."


def test_the_same_wish_twice_is_one_and_three_are_kept_in_order() -> None:
    wishes = {"preferred_date_1": "12/4", "preferred_date_2": "12/3", "preferred_date_3": "12/4"}
    request = parsed(kind="appointment", reason="back-pain", patient="new", when="days", **wishes)
    assert [wish.day.day for wish in request.preferences] == [4, 3]


def test_a_day_typed_into_a_contact_request_is_not_asked_about() -> None:
    assert parsed(when="days", preferred_date_1="never").preferences == ()


@pytest.mark.parametrize("field", ["utm_source", "utm_campaign"])
def test_where_a_request_came_from_is_cut_at_200_characters(field: str) -> None:
    assert parsed(**{field: "x" * 300}).attribution.utm == ((field, "x" * 200),)


def test_click_ids_are_kept_only_where_the_clinic_switched_them_on() -> None:
    assert parsed(gclid="abc").attribution.utm == ()
    result = parse(a_form(gclid="abc"), a_clinic(click_ids=True), now=NOW)
    assert isinstance(result, Request)
    assert result.attribution.utm == (("gclid", "abc"),)
