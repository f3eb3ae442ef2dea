"""Bring the word catalogs of packages up to date with their code: ``make words``.

Every text in ``words("…")`` and ``later("…")`` of Python and in ``_("…")`` and ``{% trans %}`` of
templates has an entry in each catalog; what is gone from the code goes from the catalogs.
"""

import re
import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

METHODS = [
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
]
TEMPLATE = {"encoding": "utf-8", "newstyle_gettext": "true", "trimmed": "true", "silent": "false"}
OPTIONS = {pattern: TEMPLATE for pattern, method in METHODS if method == "jinja2"}
# what marks a text, and which of its arguments are texts
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None, "gettext": None, "ngettext": (1, 2), "words": None, "later": None,
}  # fmt: skip
WIDTH = 100
GAP = re.compile(r"%\(\w+\)s")
# of the head of a catalog only what a reader needs: dates and names would differ on every update
HEAD = ("msg", '"Language:', '"Plural-Forms:', '"Content-Type:', "#")


def catalog_files(package: Path) -> list[Path]:
    return sorted(package.glob("locale/*/LC_MESSAGES/messages.po"))


def texts(package: Path) -> Catalog:
    """Every text of a package's code, as a catalog without translations."""
    found = Catalog()
    entries = extract_from_dir(
        package, METHODS, OPTIONS, keywords=KEYWORDS, comment_tags=("Translators:",)
    )
    for _file, _line, message, comments, context in entries:
        found.add(message, auto_comments=comments, context=context)
    return found


def updated(package: Path, file: Path) -> bytes:
    """The catalog in `file` as it should be: with all texts of today and no other."""
    language = file.parts[-3]
    catalog = read_po(BytesIO(file.read_bytes()), locale=language)
    catalog.update(texts(package), no_fuzzy_matching=True)
    catalog.header_comment = f"# The words of {package.name}: language {language}."
    out = BytesIO()
    write_po(
        out,
        catalog,
        width=WIDTH,
        no_location=True,
        sort_output=True,
        ignore_obsolete=True,
    )
    head, _, entries = out.getvalue().decode().partition("\n\n")
    kept = [line for line in head.splitlines() if line.startswith(HEAD)]
    return ("\n".join(kept) + "\n\n" + entries).encode()


def missing(file: Path) -> list[str]:
    """The texts of a catalog that have no translation, or whose gaps are not the text's own."""
    catalog = read_po(BytesIO(file.read_bytes()), locale=file.parts[-3])
    wanted = [message for message in catalog if message.id]
    return [str(message.id) for message in wanted if message.fuzzy or not _complete(message)]


def _complete(message: Message) -> bool:
    """Is every form there, and has it the gaps of the text?"""
    gaps = set(GAP.findall(str(message.id)))
    forms = message.string if isinstance(message.string, list | tuple) else (message.string,)
    return all(form and set(GAP.findall(form)) == gaps for form in forms)


def main(packages: list[str]) -> int:
    for package in map(Path, packages):
        for file in catalog_files(package):
            file.write_bytes(updated(package, file))
            for text in missing(file):
                sys.stdout.write(f"{file}: no translation of {text!r}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
