"""The OpenAPI 3.1 document: what the routes take and answer."""

from functools import cache
from typing import Any

from leads import form
from leads.api.body import FIELDS
from leads.body import MAX_BODY_BYTES, MAX_FIELDS
from leads.identity import ALPHABET, REFERENCE_LENGTH
from leads.reading import LIMITS

IDEMPOTENCY_KEY = "Idempotency-Key"
ENUMS: dict[str, tuple[str, ...]] = {
    "kind": form.LEAD_KINDS,
    "reply_by": form.REPLY_BY,
}


PROBLEM = {"$ref": "#/components/schemas/Problem"}
REFUSALS = {
    "400": "The body is not JSON, or a header is wrong.",
    "401": "A key is needed, or it is not known.",
    "403": "The key may not be used from there.",
    "404": "The clinic does not take such requests.",
    "413": f"The body is larger than {MAX_BODY_BYTES // 1024} KiB.",
    "415": "The body is not application/json.",
    "421": "No clinic answers at this address.",
    "422": "Some fields are wrong, or the Idempotency-Key was used for another request.",
    "429": "Too many requests at once. Retry-After says when to try again.",
    "503": "Not sent. Retry-After says when to try again.",
}


@cache
def document() -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Frontdesk requests",
            "version": "1",
            "description": "Send a patient's request to the clinic of this host. 201 means that it "
            "is stored for good; anything else means that it was not sent.",
        },
        "servers": [{"url": "/"}],
        "paths": {"/leads/v1/requests": {"post": _create_request()}},
        "components": {
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "fd_pub_… in a page of a listed origin, fd_sec_… on a server.",
                }
            },
            "schemas": {"Request": _request(), "Stored": _stored(), "Problem": _problem()},
        },
    }


def _create_request() -> dict[str, Any]:
    return {
        "operationId": "createRequest",
        "summary": "Send a request",
        "description": "From the clinic's own pages no key is needed. The same content "
        "within 30 minutes is the same request and has the same reference.",
        "security": [{}, {"key": []}],
        "parameters": [
            {
                "name": IDEMPOTENCY_KEY,
                "in": "header",
                "required": False,
                "description": "The same key with the same content gets the same "
                "answer for 30 days; with other content 422.",
                "schema": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 255,
                    "pattern": "^[!-~]+$",
                },
            }
        ],
        "requestBody": {
            "required": True,
            "content": _json({"$ref": "#/components/schemas/Request"}, example=EXAMPLE),
        },
        "responses": {
            "201": {
                "description": "Stored.",
                "content": _json({"$ref": "#/components/schemas/Stored"}),
            },
            **{
                status: {
                    "description": words,
                    "content": {"application/problem+json": {"schema": PROBLEM}},
                }
                for status, words in REFUSALS.items()
            },
        },
    }


def _json(schema: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"application/json": {"schema": schema, **more}}


def _request() -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "maxProperties": MAX_FIELDS,
        "required": ["kind", "name"],
        "properties": {name: _field(name, words) for name, words in FIELDS.items()},
    }


def _stored() -> dict[str, Any]:
    pattern = f"^[{ALPHABET}]{{{REFERENCE_LENGTH}}}$"
    return {
        "type": "object",
        "required": ["reference"],
        "properties": {"reference": {"type": "string", "pattern": pattern}},
    }


def _problem() -> dict[str, Any]:
    wrong_field = {
        "type": "object",
        "required": ["field", "message"],
        "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
    }
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail", "errors"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "what to do, in words"},
            "errors": {"type": "array", "items": wrong_field},
        },
    }


EXAMPLE = {
    "kind": "contact",
    "location": "marsden",
    "name": "Ana Ruiz",
    "phone": "(661) 555-0199",
    "reply_by": "phone",
    "message": "My back has hurt since Monday.",
    "consent_voicemail": True,
}


def _field(name: str, words: str) -> dict[str, Any]:
    if name.startswith("consent_"):
        return {"type": ["boolean", "null"], "description": words}
    schema: dict[str, Any] = {"type": ["string", "null"], "description": words}
    if name == "kind":
        schema["type"] = "string"
    if name in ENUMS:
        schema["enum"] = list(ENUMS[name])
    elif name in LIMITS:
        schema["maxLength"] = LIMITS[name][0]
    return schema
