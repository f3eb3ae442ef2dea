"""What a clinic file says of coming to a location, for its pages only."""

from content.model import Visit
from content.tables import Table


def read_visit(table: Table) -> Visit:
    """The keys of a [[locations]] that no other service needs to know; all may be left out."""
    return Visit(
        new_patients=table.text("new_patients", "", at_most=120),
        insurance=table.texts("insurance"),
        arriving=table.text("arriving", "", at_most=300),
        parking=table.text("parking", "", at_most=300),
        access=table.text("access", "", at_most=300),
    )
