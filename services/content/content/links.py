"""Links between pages of one site, as they are written into a finished page.

Templates and articles name a page by its English address.  Here a link leads on to its twin in the
language of the page, and a link to a form takes along which page led there: so a request is known
to come from an article without a cookie and without a script.
"""

import re
from collections.abc import Set as AbstractSet

VAGUE = frozenset({"click here", "here", "link", "more", "read more", "this link", "this page"})
LINK = re.compile(r'<a\b[^>]*?\shref="(/[^"?#]*)([^"]*)"[^>]*>')


def localized(
    html: str, *, address: str, prefix: str, twins: AbstractSet[str], forms: AbstractSet[str]
) -> str:
    """`html` of the page at `address` with its links to pages of the site made its own.

    `prefix`: "" or "/es"; `twins`: addresses that exist with it; `forms`: addresses of forms.
    A link with `hreflang` says itself which language it leads to.
    """

    def link(match: re.Match[str]) -> str:
        tag, path, rest = match[0], match[1], match[2]
        if "hreflang=" in tag:
            return tag
        target = prefix + path if prefix and path in twins else path
        if target in forms and address not in forms and address and not rest.startswith("?"):
            rest = f"?from={address}{rest}"
        return tag.replace(f'href="{match[1]}{match[2]}"', f'href="{target}{rest}"')

    return LINK.sub(link, html)


def is_vague(name: str) -> bool:
    """Does a link that is called `name` say nothing of what it leads to?"""
    return name.lower().strip(" .!") in VAGUE
