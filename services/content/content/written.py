"""A Markdown file with a front matter between +++ lines, read and not yet rendered."""

from dataclasses import dataclass
from pathlib import Path

from content import markdown
from content.files import read_text, read_toml, split_front_matter
from content.mistakes import Mistakes
from content.model import Source
from content.tables import Table
from content.tokens import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """`body` starts on line `body_line` of the file."""

    path: Path
    table: Table
    body: str
    body_line: int

    @property
    def holds(self) -> str:
        return self.table.source.holds

    def wrong(self, line: int, what: str, remedy: str) -> None:
        self.table.source.mistakes.add(self.path, line, what, remedy, holds=self.holds)

    def wrong_all(self, problems: tuple[Problem, ...]) -> None:
        for problem in problems:
            self.wrong(problem.line, problem.what, problem.remedy)


def read_written(path: Path, mistakes: Mistakes, *, holds: str) -> Written | None:
    """None (and a mistake) when the file cannot be read or has no front matter."""
    text = read_text(path, mistakes, holds=holds)
    if text is None:
        return None
    parts = split_front_matter(text)
    if parts is None:
        remedy = 'begin with a line "+++", then title and description, then "+++"'
        mistakes.add(path, 1, "has no front matter", remedy, holds=holds)
        return None
    front, body, body_line = parts
    table = read_toml(front, path, mistakes, holds=holds, first_line=2)
    if table is None:
        return None
    return Written(path=path, table=table, body=body, body_line=body_line)


def read_sources(table: Table) -> tuple[Source, ...]:
    """[[sources]] title, publisher, year, url."""
    sources = []
    for entry in table.tables("sources"):
        source = Source(
            title=entry.text("title", at_most=200),
            publisher=entry.text("publisher", "", at_most=120),
            year=entry.integer("year", 0, at_least=0, at_most=2200),
            url=entry.text("url", "", at_most=500),
        )
        if source.url and not source.url.startswith(("https://", "http://")):
            entry.wrong("url", f"{source.url!r} is no web address", "begin it with https://")
        entry.finish()
        sources.append(source)
    return tuple(sources)


def read_tasks(table: Table, *, is_draft: bool) -> tuple[str, ...]:
    """What is left to do; a mistake in anything that is no draft."""
    tasks = table.texts("tasks")
    if tasks and not is_draft:
        remedy = "do them and take the lines out, or move the file to drafts/"
        table.wrong("tasks", f"{len(tasks)} tasks are left to do", remedy)
    return tasks


def check_condition(
    written: Written, rendered: markdown.Rendered, *, default: bool
) -> tuple[bool, str]:
    """(is it about a condition, the stated reason why it has no get-help-now block).

    A condition article without that block and without a reason is a mistake.
    """
    table = written.table
    is_condition = table.flag("condition", default=default)
    reason = table.text("without_help_now", "", at_most=300)
    if is_condition and "help" not in rendered.blocks and not reason:
        what = "an article about a condition has no block that says when to get help now"
        remedy = 'add "::: help", or write why not: without_help_now = "…"'
        written.wrong(written.body_line, what, remedy)
    return is_condition, "" if "help" in rendered.blocks else reason
