"""The pictures of one clinic, as its templates ask for them."""

import re
from dataclasses import dataclass
from html import unescape

from markupsafe import Markup

from content.model import Clinic
from content.pictures import SIZES, drawing_path, picture_html, picture_named
from content.svg import inline

_IMAGE = re.compile(r'<p><img src="([^"]*)" alt="([^"]*)"></p>')


@dataclass(frozen=True, slots=True)
class Illustrator:
    clinic: Clinic

    def picture(
        self, name: str, alt: str, *, css: str = "", sizes: str = SIZES, lazy: bool = True
    ) -> Markup:
        """The picture `name`; nothing where the clinic has none (content check says so)."""
        found = picture_named(self.clinic.pictures, name)
        if found is None:
            return Markup()
        html = picture_html(found, self.clinic.theme, alt, css=css, sizes=sizes, lazy=lazy)
        return Markup(html)  # noqa: S704 - made of checked parts, escaped

    def drawing(self, name: str, css: str) -> Markup:
        """A drawing in the middle of a page, where it takes the color of the text."""
        logo = self.clinic.logo
        found = logo if name == "logo" else picture_named(self.clinic.pictures, name)
        if found is None or not found.drawing:
            return Markup()
        return Markup(inline(found.drawing, css))  # noqa: S704 - checked by content.svg

    def illustrated(self, html: str) -> Markup:
        """Sanitized `html` with each picture that stands alone in a paragraph put in."""
        filled = _IMAGE.sub(
            lambda match: (
                f'<p class="picture">{self.picture(match.group(1), unescape(match.group(2)))}</p>'
            ),
            html,
        )
        return Markup(filled)  # noqa: S704 - sanitized by content.markdown

    def icon(self) -> str:
        """The address of the clinic's mark, for the browser's tab; none is an empty one."""
        logo = self.clinic.logo
        return drawing_path(logo, self.clinic.theme) if logo else "data:,"
