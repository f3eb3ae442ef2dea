"""Make the roles and databases that services expect; run again, it changes nothing.

``python -m plumbing.provision`` reads ADMIN_DATABASE_URL (a superuser's, or of a role that may
create roles and databases) and PROVISION, a comma-separated list of services.  For a service
``x`` it makes the owner role and database that X_MIGRATION_DATABASE_URL names, the application's
role that X_DATABASE_URL names and, where it is set, the role of X_JOBS_DATABASE_URL, each with
the password in its URL.
"""

import logging
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from contract.env import Env, SettingsError

logger = logging.getLogger(__name__)

CONNECT_WITHIN_S = 30.0
ASK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    name: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """`owner` may change the schema; the others may connect, and then what migrations grant them.

    `jobs`: the role of background processes, for a service that keeps them apart.
    """

    name: str
    owner: Role
    app: Role
    jobs: Role | None = None

    @property
    def users(self) -> tuple[Role, ...]:
        return (self.app, self.jobs) if self.jobs else (self.app,)


def provision(admin_url: str, databases: Sequence[Database]) -> None:
    """Bring roles, passwords, databases and their privileges to what `databases` says.

    Waits up to 30 s for a server that is still starting; raises psycopg.Error.
    """
    with _connect_patiently(admin_url) as connection:
        for database in databases:
            for role in (database.owner, *database.users):
                _ensure_role(connection, role)
            _ensure_database(connection, database)
    for database in databases:
        with psycopg.connect(make_conninfo(admin_url, dbname=database.name)) as connection:
            _run(connection, "REVOKE ALL ON SCHEMA public FROM PUBLIC", {})
            for role in database.users:
                names = {"role": sql.Identifier(role.name)}
                _run(connection, "GRANT USAGE ON SCHEMA public TO {role}", names)


def databases_from(environ: Mapping[str, str]) -> tuple[str, list[Database]]:
    """The administrator's URL and what to make; raises SettingsError."""
    env = Env(environ)
    admin_url = env.text("ADMIN_DATABASE_URL")
    databases = []
    for service in env.text("PROVISION").replace(",", " ").split():
        prefix = service.upper()
        owner, name = _role(env, f"{prefix}_MIGRATION_DATABASE_URL")
        app = _user(env, f"{prefix}_DATABASE_URL", name)
        jobs_variable = f"{prefix}_JOBS_DATABASE_URL"
        jobs = _user(env, jobs_variable, name) if env.text(jobs_variable, "") else None
        databases.append(Database(name=name, owner=owner, app=app, jobs=jobs))
    env.raise_problems()
    return admin_url, databases


def _user(env: Env, variable: str, name: str) -> Role:
    """The role in the URL of `variable`, which must be of the database `name`."""
    role, database = _role(env, variable)
    if database != name:
        env.problems.append(f"{variable} and its owner's name two databases")
    return role


def _role(env: Env, variable: str) -> tuple[Role, str]:
    """The role in the URL of `variable`, and the database there."""
    url = env.text(variable).replace("postgresql+psycopg://", "postgresql://", 1)
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        parts = {}
    values = [str(parts.get(part) or "") for part in ("user", "password", "dbname")]
    if url and not all(values):
        env.problems.append(f"{variable} must name a user, a password and a database")
    user, password, name = values
    return Role(name=user, password=password), name


def _connect_patiently(url: str) -> psycopg.Connection:
    deadline = time.monotonic() + CONNECT_WITHIN_S
    while True:
        try:
            return psycopg.connect(url, autocommit=True)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(ASK_EVERY_S)


def _ensure_role(connection: psycopg.Connection, role: Role) -> None:
    name = sql.Identifier(role.name)
    if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role.name):
        _run(connection, "CREATE ROLE {name}", {"name": name})
        logger.info("role created", extra={"kind": role.name})
    # Only a hash of the password leaves this process: statements may end up in a log.
    verifier = connection.pgconn.encrypt_password(
        role.password.encode(), role.name.encode(), b"scram-sha-256"
    )
    _run(
        connection,
        "ALTER ROLE {name} LOGIN PASSWORD {hash}",
        {"name": name, "hash": sql.Literal(verifier.decode())},
    )


def _ensure_database(connection: psycopg.Connection, database: Database) -> None:
    names = {
        "name": sql.Identifier(database.name),
        "owner": sql.Identifier(database.owner.name),
    }
    if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", database.name):
        _run(connection, "CREATE DATABASE {name} OWNER {owner}", names)
        logger.info("database created", extra={"kind": database.name})
    _run(connection, "REVOKE ALL ON DATABASE {name} FROM PUBLIC", names)
    for role in database.users:
        grant = {"name": names["name"], "role": sql.Identifier(role.name)}
        _run(connection, "GRANT CONNECT ON DATABASE {name} TO {role}", grant)


def _exists(connection: psycopg.Connection, query: LiteralString, name: str) -> bool:
    return connection.execute(query, (name,)).fetchone() is not None


def _run(
    connection: psycopg.Connection,
    statement: LiteralString,
    names: Mapping[str, sql.Composable],
) -> None:
    connection.execute(sql.SQL(statement).format(**names))


def main() -> int:
    try:
        provision(*databases_from(os.environ))
    except SettingsError as error:
        sys.stderr.write("".join(f"{problem}\n" for problem in error.problems))
        return 1
    except psycopg.OperationalError as error:
        sys.stderr.write(f"the database server cannot be used: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
