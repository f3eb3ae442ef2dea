"""Wire the web process of leads together."""

from collections.abc import Sequence

from flask import Flask
from sqlalchemy import Connection, Engine

from contract.directory import REDIS_KEY, Directory
from leads.accept import Acceptor
from leads.api.keys import Keys
from leads.api.routes import Api, api_routes
from leads.bounded import Bounded
from leads.comments.box import CommentBox, SealAndHash
from leads.desk.install import install_desk
from leads.drain import late
from leads.events import event_inbox
from leads.intake import Intake
from leads.limits import Limits
from leads.pages import Pages
from leads.receipt import Receipts
from leads.refusals import Refusals
from leads.replies import Keeping
from leads.settings import Settings
from leads.spam.judge import Judge
from leads.synthetic import SyntheticRequests
from leads.tap_routes import tap_routes
from leads.taps import Taps
from leads.views import Desk, request_routes
from plumbing.database import connect, database_missing
from plumbing.documents import Reader
from plumbing.health import health_routes
from plumbing.internal import event_routes
from plumbing.shared_counts import SharedCounts
from plumbing.spool import Spool

HEALTH_WITHIN_S = 4.0
THREADS = 8


def create_app(settings: Settings) -> Flask:
    """The app of one web worker: opens its own connections and reads the directory by itself."""
    engine = connect(settings.database_url, name="leads", pool_size=THREADS)
    directory = directory_reader(settings)
    directory.refresh()
    directory.start()
    taps = taps_of(settings, engine)
    taps.start()
    return build_app(settings, engine=engine, directory=directory, taps=taps)


def build_app(
    settings: Settings,
    *,
    engine: Engine,
    directory: Reader[Directory],
    taps: Taps | None = None,
) -> Flask:
    app = Flask("leads", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 8 * 1024 * 1024  # events; forms have a limit of their own
    bounded = Bounded(threads=1, seconds=HEALTH_WITHIN_S)
    counts = counts_of(settings)
    spool = Spool(settings.spool_dir, settings.seal_keys)
    acceptor = acceptor_of(settings, engine)
    intake = Intake(Judge(counts), acceptor, spool)
    desk = Desk(
        directory=directory,
        pages=Pages(settings.sites_dir),
        intake=intake,
        limits=Limits(
            counts, per_address=settings.rate_per_address, per_clinic=settings.rate_per_clinic
        ),
        receipts=Receipts(settings.hash_key),
        comments=CommentBox(engine, SealAndHash(seal=settings.seal_keys, hash=settings.hash_key)),
        synthetic=SyntheticRequests(settings.service_token, intake),
    )
    app.register_blueprint(request_routes(desk))
    app.register_blueprint(tap_routes(desk, taps or Taps(engine, counts)))
    app.register_blueprint(
        event_routes(
            event_inbox(engine, _keeping(settings, directory), lambda: directory.current),
            settings.service_token,
        )
    )
    app.register_blueprint(api_routes(Api(desk=desk, keys=Keys(engine, settings.hash_key))))
    install_desk(
        app,
        settings,
        engine=engine,
        directory=directory,
        acceptor=acceptor,
        elsewhere=Refusals(directory, desk.pages),
    )
    health_routes(
        app,
        {
            "database": lambda: bounded.call(lambda: database_missing(engine)),
            "spool": lambda: late(spool),
            "directory": lambda: None if directory.current else "no clinic directory yet",
        },
    )
    return app


def counts_of(settings: Settings) -> SharedCounts:
    return SharedCounts(settings.state_dir / "counts", key=settings.hash_key.digest("counts"))


def taps_of(settings: Settings, engine: Engine) -> Taps:
    return Taps(engine, counts_of(settings))


def _keeping(settings: Settings, directory: Reader[Directory]) -> Keeping:
    def clinics(_connection: Connection) -> Sequence[str]:
        known = directory.current
        return [clinic.slug for clinic in known.clinics] if known else []

    return Keeping(
        event_keys=settings.event_keys,
        seal_keys=settings.seal_keys,
        hash_key=settings.hash_key,
        clinics=clinics,
    )


def acceptor_of(settings: Settings, engine: Engine) -> Acceptor:
    return Acceptor(
        engine=engine,
        seal_keys=settings.seal_keys,
        hash_key=settings.hash_key,
        event_keys=settings.event_keys,
    )


def directory_reader(settings: Settings) -> Reader[Directory]:
    return Reader(
        redis_url=settings.redis_url,
        key=REDIS_KEY,
        keys=settings.verify_keys,
        parse=Directory.from_json,
        copy=settings.state_dir / "directory.json",
    )
