"""The least that a durable form can be: Flask, one insert by SQLAlchemy Core, a commit, a 303.

python -m bench.bare_accept DATABASE_URL PORT
"""

import sys
from functools import partial

from flask import Flask, redirect, request
from sqlalchemy import Column, DateTime, Identity, Integer, MetaData, Table, Text, func
from werkzeug.wrappers import Response

from plumbing.database import connect
from plumbing.web import serve

metadata = MetaData()
bare = Table(
    "bare_lead",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("location", Text),
    Column("name", Text),
    Column("phone", Text),
    Column("email", Text),
    Column("message", Text),
    Column("at", DateTime(timezone=True), server_default=func.now()),
)
FIELDS = ("location", "name", "phone", "email", "message")


def create_app(database_url: str) -> Flask:
    app = Flask("bare")
    engine = connect(database_url, name="bare", pool_size=8)

    @app.post("/leads/requests")
    def take() -> Response:
        values = {field: request.form.get(field, "") for field in FIELDS}
        with engine.begin() as connection:
            lead_id = connection.scalar(bare.insert().values(**values).returning(bare.c.id))
        return redirect(f"/thanks/?ref={lead_id}", 303)

    return app


if __name__ == "__main__":
    serve(partial(create_app, sys.argv[1]), bind="127.0.0.1", port=int(sys.argv[2]))
