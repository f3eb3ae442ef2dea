"""The HTML of blocks: cards with a title, do beside don't, a call to action."""

from collections.abc import Callable, Sequence
from html import escape

from markdown_it.token import Token

from content.blocks import Block
from content.tokens import Values
from plumbing.words import ENGLISH, words_of


def opening(name: str, block: Block) -> Callable[..., str]:
    """The renderer of a container's first and last line."""

    def render(
        _self: object, tokens: Sequence[Token], index: int, _options: object, _env: object
    ) -> str:
        token = tokens[index]
        if token.nesting < 0:
            return f"{token.meta.get('before_end', '')}</{block.tag}>\n"
        title = token.info.strip().removeprefix(name).strip() or block.title
        if not block.is_card:
            return f'<{block.tag} class="{name}">\n'
        heading = f'<p class="card-title">{escape(title, quote=False)}</p>' if title else ""
        return f'<{block.tag} class="card {name}">{heading}\n'

    return render


def pair_cards(tokens: list[Token]) -> list[Token]:
    """Put a do card and the don't card that follows it side by side."""
    paired: list[Token] = []
    opened_at = 0
    for index, token in enumerate(tokens):
        following = tokens[index + 1].type if index + 1 < len(tokens) else ""
        if token.type == "container_do_open":
            opened_at = len(paired)
        paired.append(token)
        if token.type == "container_do_close" and following == "container_dont_open":
            paired.insert(opened_at, _html('<div class="pair">'))
        elif token.type == "container_dont_close" and _is_in_pair(paired):
            paired.append(_html("</div>"))
    return paired


def call_to_action(tokens: list[Token], values: Values) -> list[Token]:
    """End each call to action with the clinic's phone and, where it takes them, its requests."""
    buttons = []
    words = words_of("content", ENGLISH)
    if values.phone:
        call = words("Call %(phone)s", phone=values.phone_display)
        buttons.append(f'<a class="button" href="tel:{values.phone}">{escape(call)}</a>')
    if values.request:
        is_appointment = values.request.endswith("/appointment/")
        ask = words("Request an appointment") if is_appointment else words("Send a request")
        buttons.append(f'<a class="button quiet" href="{values.request}">{escape(ask)}</a>')
    actions = f'<p class="actions">{" ".join(buttons)}</p>\n' if buttons else ""
    for token in tokens:
        if token.type == "container_cta_close":
            token.meta = {**token.meta, "before_end": actions}
    return tokens


def _is_in_pair(tokens: list[Token]) -> bool:
    blocks = [token.content.strip() for token in tokens if token.type == "html_block"]
    return blocks.count('<div class="pair">') > blocks.count("</div>")


def _html(html: str) -> Token:
    return Token("html_block", "", 0, content=html + "\n", block=True)
