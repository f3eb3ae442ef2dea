"""Every word that patients read is there in each language."""

from pathlib import Path

import pytest

from plumbing import catalogs
from tests.architecture.test_boundaries import ROOT

CATALOGS = sorted(ROOT.glob("services/*/*/locale/*/LC_MESSAGES/messages.po"))


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def test_there_is_spanish() -> None:
    assert {file.parts[-3] for file in CATALOGS} == {"es"}


@pytest.mark.parametrize("file", CATALOGS, ids=name)
def test_a_catalog_has_the_texts_of_the_code_and_no_others(file: Path) -> None:
    assert file.read_bytes() == catalogs.updated(file.parents[3], file), "run: make words"


@pytest.mark.parametrize("file", CATALOGS, ids=name)
def test_every_text_is_translated_with_its_gaps(file: Path) -> None:
    assert catalogs.missing(file) == []


def test_a_text_without_a_translation_is_found(tmp_path: Path) -> None:
    """The check above can fail: a text is new, lost its gap, or is gone from the code."""
    package = tmp_path / "package"
    file = package / "locale" / "es" / "LC_MESSAGES" / "messages.po"
    file.parent.mkdir(parents=True)
    file.write_text('msgid ""\nmsgstr ""\n"Language: es\\n"\n\nmsgid "Gone"\nmsgstr "Ido"\n')
    (package / "code.py").write_text('words("Call %(phone)s", phone=1)\nlater("Home")\n')
    template = package / "templates" / "page.html"
    template.parent.mkdir()
    template.write_text('{{ _("Send") }}{% trans %}Back{% endtrans %}')
    file.write_bytes(catalogs.updated(package, file))
    assert catalogs.missing(file) == ["Back", "Call %(phone)s", "Home", "Send"]
    assert "Gone" not in file.read_text()
    text = file.read_text().replace('phone)s"\nmsgstr ""', 'phone)s"\nmsgstr "Llame"')
    file.write_text(text)
    assert "Call %(phone)s" in catalogs.missing(file)
