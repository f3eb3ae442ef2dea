"""A clinic carried out, in and out again is the same byte for byte."""

from pathlib import Path

import pytest

from content.commands import main
from tests.content.conftest import Group

ROOT = Path(__file__).parents[2]


def everything(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def command(clinics: Path, library: Path, name: str, *arguments: str) -> int:
    folders = ("--clinics-dir", str(clinics), "--library-dir", str(library))
    return main([name, *folders, *arguments])


@pytest.mark.parametrize(
    "slug", sorted(path.parent.name for path in (ROOT / "clinics").glob("*/clinic.toml"))
)
def test_g21_out_in_and_out_again_is_the_same(slug: str, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    clinics, library = tmp_path / "clinics", tmp_path / "library"
    clinics.mkdir()
    library.mkdir()
    assert command(ROOT / "clinics", ROOT / "library", "export", slug, "--out", str(first)) == 0
    assert command(clinics, library, "import", str(first), "--new-clinic", slug) == 0
    assert command(clinics, library, "export", slug, "--out", str(second)) == 0
    assert everything(first) == everything(second)
    assert everything(first / "clinics" / slug) == everything(ROOT / "clinics" / slug)


def test_the_carried_clinic_has_all_that_it_shows(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command(ROOT / "clinics", ROOT / "library", "export", "foothill", "--out", str(out))
    assert command(out / "clinics", out / "library", "check") == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("export", "nobody", "--out", "new"), "holds no clinic"),
        (("export", "north", "--out", "."), "is there already"),
        (("import", "empty", "--new-clinic", "x"), "none that `export` wrote"),
        (("import", "carried", "--clinic", "north"), "use --new-clinic"),
        (("import", "carried", "--new-clinic", "north"), "exists already"),
    ],
)
def test_what_cannot_be_carried_is_refused_in_words(
    group: Group,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    says: str,
) -> None:
    monkeypatch.chdir(group.clinics.parent)
    Path("empty").mkdir()
    assert command(group.clinics, group.library, "export", "north", "--out", "carried") == 0
    before = everything(group.clinics)
    assert command(group.clinics, group.library, *arguments) == 1
    assert says in capsys.readouterr().err
    assert everything(group.clinics) == before


def test_other_words_in_the_library_are_not_overwritten(
    group: Group, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    carried = tmp_path / "carried"
    command(ROOT / "clinics", ROOT / "library", "export", "foothill", "--out", str(carried))
    [article] = (carried / "library" / "articles").iterdir()
    own = group.library / "articles" / article.name / "article.md"
    own.parent.mkdir(parents=True)
    own.write_text("ours")
    assert command(group.clinics, group.library, "import", str(carried), "--new-clinic", "x") == 1
    assert "other words" in capsys.readouterr().err
    assert own.read_text() == "ours"
    assert not (group.clinics / "x").exists()


def test_a_link_in_a_clinics_folder_is_refused(
    group: Group, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (group.clinics / "north" / "pages").mkdir()
    (group.clinics / "north" / "pages" / "secret.md").symlink_to("/etc/passwd")
    out = tmp_path / "out"
    assert command(group.clinics, group.library, "export", "north", "--out", str(out)) == 1
    assert "is a link" in capsys.readouterr().err
    assert not out.exists()
