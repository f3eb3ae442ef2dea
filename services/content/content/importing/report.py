"""What an import says: where each draft went, and all that is not in it, with the reason."""

from content.importing.document import Document
from content.importing.facts import Facts


def document_lines(document: Document) -> list[str]:
    kinds = [block.kind for block in document.blocks]
    lists = sum(1 for block in document.blocks if block.is_list)
    counted = {
        "heading": kinds.count("heading"),
        "paragraph": kinds.count("paragraph"),
        "list": lists,
        "table or quotation": kinds.count("whole"),
    }
    found = ", ".join(
        f"{count} {name}{'' if count == 1 else 's'}" for name, count in counted.items() if count
    )
    title = f"“{document.title.text}”" if document.title else "none"
    lines = [f"  title: {title}; {found or 'no text'}"]
    lines += [
        f"  left out, {'line' if document.has_lines else 'text'} {entry.at}:"
        f" “{entry.text}” ({entry.reason})"
        for entry in document.left_out
    ]
    lines += [f"  task: {task}" for task in document.tasks]
    lines += [f"  proposal: {proposal}" for proposal in document.proposals]
    lines += [
        f"  picture: {picture.address or 'without an address'}"
        + (f" (“{picture.alt}”)" if picture.alt else " (no text alternative: write one)")
        for picture in document.pictures
    ]
    return lines


def propose_tokens(document: Document, facts: Facts) -> None:
    """Names of places and people stay as they are written; each is named as a possible token."""
    for token, texts in facts.tokens().items():
        for text in texts:
            places = [item.at for item in document.items() if text in item.text]
            if places:
                where = f" (line {', '.join(map(str, places))})" if document.has_lines else ""
                document.proposals.append(
                    f"“{text}” stays as written{where}; in a library article it would be the"
                    f" token for the {token}."
                )
