"""A group of clinics of any size, made up, to build and to serve."""

import random
from pathlib import Path

from tests.content.conftest import CLINIC

# fmt: off
WORDS = (
    "back", "better", "breath", "chair", "doctor", "evening", "floor", "gentle", "heat", "ice",
    "knee", "lift", "morning", "move", "muscle", "nerve", "pillow", "rest", "shoulder", "sleep",
    "slowly", "sore", "spine", "stiff", "visit", "walk", "week", "worse",
)
# fmt: on
OTHER_PAGES = 11  # of a clinic with one location: home, lists, forms, privacy, ...


def write_group(folder: Path, *, clinics: int, pages: int, seed: int) -> list[str]:
    """Write clinics/ and library/ below `folder`; the slugs.  `pages` counts all of a clinic's.

    Every clinic also places the library's one article, at /articles/shared/.
    """
    source = random.Random(seed)
    (folder / "library" / "articles" / "shared").mkdir(parents=True)
    shared = f"{_front('Shared', 'condition = false')}{_body(source)}"
    (folder / "library" / "articles" / "shared" / "article.md").write_text(shared)
    slugs = [f"clinic-{number:03}" for number in range(clinics)]
    for slug in slugs:
        home = folder / "clinics" / slug
        (home / "articles").mkdir(parents=True)
        (home / "placements").mkdir()
        (home / "clinic.toml").write_text(CLINIC.replace("north", slug).replace("North", slug))
        (home / "placements" / "shared.md").write_text('+++\narticle = "shared"\n+++\n')
        for number in range(pages - OTHER_PAGES - 1):
            text = f"{_front(f'Article {number}')}{_body(source)}"
            (home / "articles" / f"article-{number}.md").write_text(text)
    return slugs


def _front(title: str, more: str = "") -> str:
    return (
        f'+++\ntitle = "{title}"\ndescription = "About it."\n{more}\n+++\n\nThe word is first.\n\n'
    )


def _body(source: random.Random) -> str:
    """About 6 KB of Markdown: headings, paragraphs, lists."""
    parts = []
    for number in range(6):
        parts.append(f"## Part {number}\n")
        parts += [f"{_sentence(source, 60)}\n" for _ in range(2)]
        parts.append("\n".join(f"- {_sentence(source, 10)}" for _ in range(5)) + "\n")
    return "\n".join(parts)


def _sentence(source: random.Random, words: int) -> str:
    return " ".join(source.choice(WORDS) for _ in range(words)).capitalize() + "."
