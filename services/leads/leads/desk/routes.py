"""The pages of the desk for people who are signed in."""

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from leads.desk.account_routes import account_routes
from leads.desk.audit_routes import audit_routes
from leads.desk.comment_routes import comment_routes
from leads.desk.export_routes import export_routes
from leads.desk.glass import glass_routes
from leads.desk.guard import BLUEPRINT
from leads.desk.held_routes import held_routes
from leads.desk.invitation_routes import invitation_routes
from leads.desk.keep_routes import keep_routes
from leads.desk.lead_routes import lead_routes
from leads.desk.list_routes import list_routes
from leads.desk.people_routes import people_routes
from leads.desk.privacy_routes import privacy_routes
from leads.desk.report_routes import report_routes
from leads.desk.search_routes import search_routes
from leads.desk.settings_routes import settings_routes
from leads.desk.texts_routes import texts_routes
from leads.desk.workplace import Workplace


def desk_routes(workplace: Workplace) -> Blueprint:
    routes = Blueprint(BLUEPRINT, __name__)
    list_routes(workplace, routes)
    lead_routes(workplace, routes)
    search_routes(workplace, routes)
    texts_routes(workplace, routes)
    report_routes(workplace, routes)
    held_routes(workplace, routes)
    audit_routes(workplace, routes)
    privacy_routes(workplace, routes)
    keep_routes(workplace, routes)
    comment_routes(workplace, routes)
    export_routes(workplace, routes)
    people_routes(workplace, routes)
    invitation_routes(workplace, routes)
    account_routes(workplace, routes)
    settings_routes(workplace, routes)
    glass_routes(workplace, routes)

    @routes.get("/assets/<name>")
    def asset(name: str) -> Response:
        if name not in workplace.pages.assets:
            raise NotFound
        content, media_type = workplace.pages.assets[name]
        cached = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(content, mimetype=media_type, headers=cached)

    return routes
