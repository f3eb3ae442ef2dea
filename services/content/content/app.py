"""The web process: health for the edge, its question about hosts, pages, previews."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import httpx
from flask import Flask, Response, abort, jsonify, request
from werkzeug.exceptions import HTTPException

from content.answers import TABLE_SHEET, answer, made, not_served, refused, released, static_file
from content.live import LiveCatalog
from content.lost import lost_addresses
from content.preview import HOST as PREVIEW_HOST
from content.preview import preview_answer
from content.render import Site
from content.schedule import as_of
from content.settings import WebSettings
from content.sites import Addresses, Host, read_hosts
from content.table import address_table, health_page
from contract.directory import normal_host
from plumbing.health import health_routes

TIMEOUT_S = 2.0
HEALTH_PAGE = "health/"
MAX_BODY_BYTES = 64 * 1024


def create_app(settings: WebSettings) -> Flask:
    app = Flask("content", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    live = LiveCatalog(settings.clinics_dir, settings.library_dir)
    health_routes(app, {"sites": lambda: None if read_hosts(settings.sites_dir) else "no site yet"})
    _internal_routes(app, settings)

    def page(path: str) -> Response:
        host = normal_host(request.host)
        addresses = settings.addresses
        if addresses.demo and host.endswith(PREVIEW_HOST):
            return preview_answer(live, host, path, request.method, addresses.local_url(host))
        if addresses.demo and host == "localhost":
            return _table_answer(live, path, settings.sites_dir, addresses)
        return _site_answer(settings, live, host, path)

    _every_path(app, page)
    return app


def create_preview_app(live: LiveCatalog, addresses: Addresses) -> Flask:
    """Only the previews, and at any other host the list of them."""
    app = Flask("preview", static_folder=None)

    def page(path: str) -> Response:
        host = normal_host(request.host)
        if host.endswith(PREVIEW_HOST):
            return preview_answer(live, host, path, request.method, addresses.local_url(host))
        return _table_answer(live, path, None, addresses)

    _every_path(app, page)
    return app


def _table_answer(
    live: LiveCatalog, path: str, sites_dir: Path | None, addresses: Addresses
) -> Response:
    """`sites_dir`: of the copy that runs, None where there are only previews."""
    if path == TABLE_SHEET:
        return static_file(TABLE_SHEET)
    if path == HEALTH_PAGE:
        now = datetime.now(UTC)
        lost = lost_addresses(live.catalog(), sites_dir, now) if sites_dir else ()
        return answer(health_page(live.catalog(), now, lost))
    if path:
        abort(404)
    hosts = read_hosts(sites_dir) if sites_dir else ()
    return answer(address_table(live.catalog(), hosts, addresses))


def _every_path(app: Flask, page: Callable[[str], Response]) -> None:
    app.register_error_handler(HTTPException, refused)
    for rule, defaults in (("/", {"path": ""}), ("/<path:path>", None)):
        app.add_url_rule(
            rule, "page", page, defaults=defaults, methods=["GET", "POST"], merge_slashes=False
        )


def _internal_routes(app: Flask, settings: WebSettings) -> None:
    client = httpx.Client(timeout=TIMEOUT_S, trust_env=False)
    pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="ready")
    services = (settings.leads_url, settings.notify_url)

    @app.get("/internal/healthz")
    def all_ready() -> tuple[Response, int]:
        """The edge's public /healthz: all services or nothing, and no name of any."""
        answers = list(pool.map(lambda url: _is_ready(client, url), services))
        ready = all(answers) and bool(read_hosts(settings.sites_dir))
        return jsonify(status="ok" if ready else "unavailable"), 200 if ready else 503

    @app.get("/internal/ask")
    def ask() -> Response:
        """May this host have a certificate?"""
        domain = normal_host(request.args.get("domain", ""))
        known = domain and (domain == settings.desk_host or _listed(settings, domain))
        return Response(status=200 if known else 404)


def _is_ready(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(f"{url.rstrip('/')}/readyz").is_success
    except httpx.HTTPError:
        return False


def _listed(settings: WebSettings, host: str) -> Host | None:
    return next((entry for entry in read_hosts(settings.sites_dir) if entry.host == host), None)


def _site_answer(settings: WebSettings, live: LiveCatalog, host: str, path: str) -> Response:
    """A page of a listed host, made now; as released while its clinic's files have mistakes."""
    entry = _listed(settings, host)
    if entry is None:
        return not_served(path)
    clinics = {clinic.slug: clinic for clinic in live.catalog().publishable()}
    clinic = clinics.get(entry.clinic)
    if clinic is None:
        return released(settings.sites_dir / "hosts" / entry.host / "current", path)
    base_url = settings.addresses.base_url(clinic, entry.host)
    shown = as_of(clinic, datetime.now(UTC))
    return made(Site(clinic=shown, host=entry.host, base_url=base_url), path)
