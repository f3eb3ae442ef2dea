"""E-mails to people of a clinic about something other than one request."""

from collections.abc import Sequence

from notify.words import Worded, templates


def notice(subject: str, lines: Sequence[str]) -> Worded:
    """A mail of a heading and a few sentences.  `subject` is also its heading."""
    page = templates().get_template("notice.html")
    return Worded(
        subject=subject,
        text="\n\n".join(lines) + "\n",
        html=page.render(subject=subject, lines=lines),
    )
