"""Commands that change clinic files: move a page, take an article down, carry a clinic away."""

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from content.carrying import CannotCarry, carry_out
from content.catalog import read_catalog
from content.leaving import CannotLeave, come_back, leave, still_named
from content.moving import CannotMove, move_page
from content.takedown import brands, put_back, take_down


def add_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    add_folders: Callable[[argparse.ArgumentParser], None],
) -> None:
    move = commands.add_parser("move", help="give a page another address; the old one leads there")
    add_folders(move)
    move.add_argument("clinic", metavar="CLINIC")
    move.add_argument("old", metavar="SLUG")
    move.add_argument("new", metavar="NEW-SLUG")
    move.set_defaults(run=_move)
    out = commands.add_parser("export", help="carry a clinic away as a folder of files")
    add_folders(out)
    out.add_argument("clinic", metavar="CLINIC")
    out.add_argument("--out", type=Path, required=True, metavar="DIR")
    out.set_defaults(run=_export)
    taken = commands.add_parser("take-down", help="take an article off every site at once")
    add_folders(taken)
    taken.add_argument("slug", metavar="SLUG")
    taken.add_argument("--undo", action="store_true", help="show it again")
    taken.set_defaults(run=_take_down)
    left = commands.add_parser(
        "leave", help="a person leaves a clinic: no page names them any more"
    )
    add_folders(left)
    left.add_argument("clinic", metavar="CLINIC")
    left.add_argument("person", metavar="PERSON", help="the name of their file in people/")
    left.add_argument("--undo", action="store_true", help="they are back")
    left.set_defaults(run=_leave)


def _move(options: argparse.Namespace) -> int:
    folder: Path = options.clinics / options.clinic
    try:
        done = move_page(folder, options.old, options.new)
    except CannotMove as error:
        print(f"move: {error}", file=sys.stderr)
        return 1
    print("\n".join(done))
    for mistake in read_catalog(options.clinics, options.library).mistakes:
        if mistake.holds == options.clinic:
            print(mistake)
    return 0


def _leave(options: argparse.Namespace) -> int:
    folder: Path = options.clinics / options.clinic
    try:
        if options.undo:
            print(f"{come_back(folder, options.person)}: {options.person} is shown again")
            return 0
        path = leave(folder, options.person, on=datetime.now(UTC).date())
    except CannotLeave as error:
        print(f"leave: {error}", file=sys.stderr)
        return 1
    print(f"{path}: their page answers 410, and no list, form or review names them any more")
    clinic = read_catalog(options.clinics, options.library).clinic(options.clinic)
    for person in clinic.left if clinic else ():
        if person.slug == options.person:
            for found, line in still_named(folder, person.name):
                print(f"{found}:{line}: names {person.name} in its own words; change them by hand")
    return 0


def _export(options: argparse.Namespace) -> int:
    try:
        done = carry_out(options.clinics, options.library, options.clinic, options.out)
    except CannotCarry as error:
        print(f"export: {error}", file=sys.stderr)
        return 1
    print("\n".join(done))
    return 0


def _take_down(options: argparse.Namespace) -> int:
    slug: str = options.slug
    if options.undo:
        if put_back(options.library, slug):
            print(f"{slug} is shown again")
            return 0
        print(f"take-down: {slug} is not taken down", file=sys.stderr)
        return 1
    catalog = read_catalog(options.clinics, options.library)
    found = brands(catalog.clinics, slug)
    if not found and slug not in catalog.library.articles:
        print(f"take-down: no clinic and no library has an article {slug!r}", file=sys.stderr)
        return 1
    path = take_down(options.library, slug, on=datetime.now(UTC).date())
    print(f"{path}: {slug} is taken down; these addresses answer 410 within a second:")
    for brand in found:
        print(f"  {brand.url}  ({brand.clinic})")
    return 0
