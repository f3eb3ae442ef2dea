"""Where a page stands on its site: the pages above it, from the home page down."""

from dataclasses import dataclass

from content.pages import Page
from plumbing.words import words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    address: str
    title: str


def trail(page: Page, pages: tuple[Page, ...]) -> tuple[Step, ...]:
    """The steps to `page`, itself the last; () for the home page and pages without an address.

    `pages`: those of the same language.
    """
    if page.path in {"", "/"}:
        return ()
    known = {entry.address: entry.title for entry in pages}
    home = f"{page.prefix}/"
    steps = [Step(address=home, title=words_of("content", page.language)("Home"))]
    parts = page.path.strip("/").split("/")
    for count in range(1, len(parts)):
        address = f"{page.prefix}/{'/'.join(parts[:count])}/"
        if address in known:
            steps.append(Step(address=address, title=known[address]))
    return (*steps, Step(address=page.address, title=page.title))
