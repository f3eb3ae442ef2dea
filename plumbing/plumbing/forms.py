"""The second stage of a form page: the language in which one service leaves gaps for another.

The delimiters contain ``<``, which autoescaped text of the first stage can never produce, so no
text in a page can pretend to be a gap.  Templates run in a sandbox: whoever can write a release
cannot run code in the service that fills it.
"""

from jinja2 import BaseLoader, ChainableUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment


def form_environment(loader: BaseLoader | None = None) -> ImmutableSandboxedEnvironment:
    """``<?= value ?>``, ``<?% statement %?>``, ``<?# comment #?>``; what is missing is empty."""
    return ImmutableSandboxedEnvironment(
        loader=loader,
        autoescape=True,
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        variable_start_string="<?=",
        variable_end_string="?>",
        block_start_string="<?%",
        block_end_string="%?>",
        comment_start_string="<?#",
        comment_end_string="#?>",
    )
