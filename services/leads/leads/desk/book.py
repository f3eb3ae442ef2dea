"""What is known of one lead: its row, consents, story and related requests, within a scope."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, Text, column, func, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from leads import tables
from leads.scope import Scope

SHOWN = 50  # related requests: more than anybody reads

Row = RowMapping  # a row of `lead`, with its sealed columns as they are stored


def one(scope: Scope, lead_id: UUID) -> Row | None:
    """None when there is no such lead, or it is another clinic's: the same to the asker."""
    return (
        scope.connection.execute(
            select(tables.lead).where(scope.own(tables.lead), tables.lead.c.id == lead_id)
        )
        .mappings()
        .one_or_none()
    )


def consents(scope: Scope, lead_id: UUID) -> frozenset[str]:
    consent = tables.consent
    rows = scope.connection.scalars(
        select(consent.c.what).where(scope.own(consent), consent.c.lead_id == lead_id)
    )
    return frozenset(rows)


def story(scope: Scope, lead_id: UUID) -> list[Row]:
    """Everything that happened to a lead, oldest first."""
    event = tables.lead_event
    rows = scope.connection.execute(
        select(event)
        .where(scope.own(event), event.c.lead_id == lead_id)
        .order_by(event.c.at, event.c.id)
    )
    return list(rows.mappings())


def related(scope: Scope, row: Row) -> list[Row]:
    """The requests that this one is linked to, in both directions, oldest first."""
    lead = tables.lead
    linked = lead.c.linked_to == row["id"]
    if row["linked_to"]:
        linked |= lead.c.id == row["linked_to"]
    rows = scope.connection.execute(
        select(lead)
        .where(scope.own(lead), lead.c.clinic == row["clinic"], linked)
        .order_by(lead.c.received_at)
        .limit(SHOWN)
    )
    return list(rows.mappings())


# what counts as the clinic's first word: somebody called, or said how it went
ANSWERS = ("taken", "alert acknowledged", "reached", "left a message", "booked", "closed")


def first_answered_at(scope: Scope, row: Row) -> datetime | None:
    event = tables.lead_event
    answered_at: datetime | None = scope.connection.scalar(
        select(func.min(event.c.at)).where(
            scope.own(event), event.c.lead_id == row["id"], event.c.what.in_(ANSWERS)
        )
    )
    return answered_at


def newest(scope: Scope) -> Row | None:
    """The last request that came."""
    lead = tables.lead
    clinics = (
        func.unnest(literal(sorted(scope.clinics), ARRAY(Text)))
        .table_valued(column("clinic", Text))
        .render_derived()
    )
    last = (
        select(lead)  # of each clinic: an index knows that one, and not the last of all
        .where(scope.own(lead), lead.c.clinic == clinics.c.clinic)
        .order_by(lead.c.received_at.desc())
        .limit(1)
        .lateral()
    )
    query = select(last).select_from(clinics.join(last, true()))
    return (
        scope.connection.execute(query.order_by(last.c.received_at.desc()).limit(1))
        .mappings()
        .one_or_none()
    )
