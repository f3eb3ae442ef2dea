"""What a clinic file says of coming to a location, for its pages only."""

from collections.abc import Iterable

from content.model import Picture, Visit
from content.tables import Table


def read_visit(table: Table) -> Visit:
    """The keys of a [[locations]] that no other service needs to know; all may be left out."""
    visit = Visit(
        new_patients=table.text("new_patients", "", at_most=120),
        insurance=table.texts("insurance"),
        arriving=table.text("arriving", "", at_most=300),
        parking=table.text("parking", "", at_most=300),
        access=table.text("access", "", at_most=300),
        picture=table.text("picture", "", at_most=80),
        picture_words=table.text("picture_words", "", at_most=300),
    )
    if visit.picture and not visit.picture_words:
        remedy = "say what it shows: picture_words = …"
        table.wrong("picture", "a picture without words for those who do not see it", remedy)
    return visit


def check_entrances(
    table: Table, visits: Iterable[tuple[str, Visit]], pictures: Iterable[Picture]
) -> None:
    """Is each picture of an entrance in the clinic's folder?  `table`: the clinic's file."""
    names = {picture.name for picture in pictures}
    for number, (_slug, visit) in enumerate(visits):
        if visit.picture and visit.picture not in names:
            remedy = "put the file into the clinic's pictures folder"
            what = f"there is no picture {visit.picture!r}"
            table.source.wrong((*table.at, "locations", number, "picture"), what, remedy)
