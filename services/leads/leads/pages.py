"""Fill the pages that content left in a clinic's release: forms with errors, thanks, refusals.

A release is found by a host of the directory, never by what a request says.  Once read, a page
stays usable when the release is gone.
"""

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Template

from contract.directory import Location
from leads.body import without_controls
from leads.identity import spoken
from leads.request import FieldError
from plumbing.forms import form_environment
from plumbing.words import ENGLISH, later

NOT_SENT = later("Your request was not sent.")


class Pages:
    """Renders second-stage templates.  None is returned where a release has no such page."""

    def __init__(self, sites_dir: Path) -> None:
        self._sites_dir = sites_dir
        self._environment = form_environment()
        self._cache: dict[tuple[str, str], tuple[Path, Template]] = {}

    def form(
        self,
        host: str,
        *,
        kind: str,
        location: str,
        language: str,
        values: Mapping[str, str],
        errors: list[FieldError],
        notice: str = "",
    ) -> str | None:
        """The form as the patient left it, with what is wrong.  `location` "": the clinic's own."""
        name = f"{kind}@{location}.html" if location else f"{kind}.html"
        template = self._template(host, name, language) or self._template(
            host, f"{kind}.html", language
        )
        if template is None:
            return None
        return template.render(
            values={name: without_controls(value) for name, value in values.items()},
            errors={error.field: error.message for error in reversed(errors)},
            error_list=[(error.field, error.message) for error in errors],
            notice=notice,
        )

    def thanks(
        self,
        host: str,
        *,
        location: Location | None,
        kind: str,
        reference: str,
        promise: str,
        language: str,
    ) -> str | None:
        """The promise; without a `location` the page that makes none."""
        template = self._template(host, "thanks.html", language)
        if template is None:
            return None
        return template.render(
            valid=location is not None,
            reference=spoken(reference) if reference else "",
            location=location,
            kind=kind,
            promise=promise,
        )

    def thanks_for_comment(self, host: str, language: str) -> str | None:
        template = self._template(host, "thanks.html", language)
        return template.render(valid=True, kind="comment") if template else None

    def refused(self, host: str, reason: str, language: str) -> str | None:
        """That nothing was sent, and why."""
        template = self._template(host, "refused.html", language)
        return template.render(reason=reason) if template else None

    def has(self, host: str, address: str) -> bool:
        """Whether the release has a page at `address`, a path without dots."""
        page = self._sites_dir / "hosts" / host / "current" / address.strip("/") / "index.html"
        return page.is_file()

    def refusal(self, host: str, status: int, language: str) -> str | None:
        """The release's static page for an HTTP status."""
        errors = self._sites_dir / "hosts" / host / "current" / "_errors"
        for path in (errors / language / f"{status}.html", errors / f"{status}.html"):
            try:
                return path.read_text(encoding="utf-8")
            except OSError:
                continue
        return None

    def _template(self, host: str, name: str, language: str) -> Template | None:
        """`_forms/es/contact.html`; the one of the clinic's first language is in no folder."""
        own = self._read(host, f"_forms/{language}/{name}") if language != ENGLISH else None
        return own or self._read(host, f"_forms/{name}")

    def _read(self, host: str, name: str) -> Template | None:
        cached = self._cache.get((host, name))
        try:
            path = (self._sites_dir / "hosts" / host / "current").resolve(strict=True) / name
            if cached and cached[0] == path:
                return cached[1]
            template = self._environment.from_string(path.read_text(encoding="utf-8"))
        except OSError:
            return cached[1] if cached else None
        self._cache[host, name] = (path, template)
        return template
