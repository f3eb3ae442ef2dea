"""A comment whose writer asks for care becomes a request, so that somebody calls or writes."""

import json
from uuid import UUID

from sqlalchemy import select

from contract.directory import Clinic
from leads import tables
from leads.comments.store import context
from leads.request import Attribution, Contact, Request
from leads.scope import Scope
from plumbing.sealing import KeyRing


def as_request(scope: Scope, keys: KeyRing, clinic: Clinic, comment_id: UUID) -> Request | None:
    """The comment as a contact request to the clinic's first location, to be answered by e-mail.

    None when the scope has no such comment.  Raises plumbing.sealing.Unsealable.
    """
    comment = tables.comment
    row = scope.connection.execute(
        select(comment).where(
            scope.own(comment), comment.c.clinic == clinic.slug, comment.c.id == comment_id
        )
    ).one_or_none()
    if row is None:
        return None
    words = json.loads(keys.open(row.words_sealed, context=context(clinic.slug, comment_id)))
    return Request(
        kind="contact",
        location=clinic.locations[0],
        name=words["name"],
        contact=Contact(
            reply_by="email", phone_typed="", phone="", extension="", email=words["email"]
        ),
        routed_by="default",
        message=words["message"],
        for_someone_else=False,
        patient_name="",
        relationship="",
        reason="",
        patient="",
        practitioner="",
        preferences=(),
        town="",
        language="en",
        speaks="",
        consents=(),
        form_version="comment",
        attribution=Attribution(path=row.article, utm=()),
        submission_id="",
        suspicions=(),
    )
