"""What capture:// kept, for people and for tests.  Only in demos."""

from typing import Any

from flask import Blueprint, Response, json, render_template
from sqlalchemy import Engine, Row, select

from notify.tables import captured as rows

NAME = "captured"
SHOWN = 50
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    # frames hold the e-mails, which bring their own styles and nothing else
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}


def routes(engine: Engine) -> Blueprint:
    blueprint = Blueprint(NAME, __name__, template_folder="templates")

    @blueprint.get("/")
    def page() -> str:
        newest = _newest(engine, limit=SHOWN + 1)
        return render_template(
            "captured.html",
            messages=newest[:SHOWN],
            more=len(newest) > SHOWN,
            shown=SHOWN,
        )

    @blueprint.get("/messages.json")
    def messages() -> Response:
        body = [_out(row) for row in _newest(engine)]
        return Response(json.dumps(body), mimetype="application/json")

    @blueprint.after_request
    def private(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response

    return blueprint


def _newest(engine: Engine, *, limit: int | None = None) -> list[Row[Any]]:
    with engine.begin() as connection:
        newest_first = select(rows).order_by(rows.c.at.desc(), rows.c.message_id).limit(limit)
        return list(connection.execute(newest_first))


def _out(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": str(row.message_id),
        "kind": row.kind,
        "channel": row.channel,
        "to": row.address,
        "subject": row.subject,
        "text": row.text,
        "html": row.html,
        "at": row.at.isoformat(),
        "leads": row.leads,
    }
