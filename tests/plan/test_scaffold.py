"""Scaffolding makes what is missing, changes nothing when run again, and never touches what a person wrote."""

from pathlib import Path

from tests.plan import foreign
from tests.plan.conftest import Run


def everything(root: Path) -> dict[str, str]:
    """Every file below the root."""
    return {str(path.relative_to(root)): path.read_text() for path in sorted(root.rglob("*")) if path.is_file()}


def test_documents_come_from_the_template(root: Path, run: Run) -> None:
    assert run("scaffold")[0] == 0
    text = (root / "notes/design/whistle.md").read_text()
    assert text.startswith("# Whistling\n")
    assert "- one tone" in text
    assert "- melodies" in text
    assert "| Whistling | `sound.whistle` | v2 | May | planned | 0 of 2 |" in text
    assert "- Depends on: [Boiling](boil.md)" in text
    assert "- Blocks: [Whistling](whistle.md)" in (root / "notes/design/boil.md").read_text()
    assert "[Whistling](whistle.md)" in (root / "notes/design/INDEX.md").read_text()
    assert "sound.whistle" in (root / "notes/STATUS.md").read_text()


def test_run_again_it_changes_nothing(root: Path, run: Run) -> None:
    run("scaffold")
    before = everything(root)
    assert run("scaffold") == (0, "Nothing is missing.\n")
    assert everything(root) == before


def test_what_a_person_wrote_is_never_touched(root: Path, run: Run) -> None:
    own = "# My own words\n\nNo markers, no template.\n"
    foreign.write(root, "notes/design/boil.md", own)
    mixed = "before\n\n<!-- plan:status -->\nold\n<!-- /plan:status -->\n\nafter, with `code`\n"
    foreign.write(root, "notes/design/whistle.md", mixed)
    run("scaffold")
    assert (root / "notes/design/boil.md").read_text() == own
    text = (root / "notes/design/whistle.md").read_text()
    assert text.startswith("before\n\n<!-- plan:status -->\n| feature |")
    assert text.endswith("<!-- /plan:status -->\n\nafter, with `code`\n")


def test_one_feature_alone(root: Path, run: Run) -> None:
    run("scaffold", "sound.whistle")
    assert (root / "notes/design/whistle.md").exists()
    assert not (root / "notes/design/boil.md").exists()
    code, said = run("scaffold", "sound.bell")
    assert (code, said) == (2, "Error: there is no feature sound.bell\n")


def test_nothing_is_written_outside_the_folder_of_designs(root: Path, run: Run) -> None:
    for place in ("../boil.md", "notes/design/../../boil.md", "README.md"):
        foreign.write(root, "plan/wishes.toml", foreign.WISHES.replace("notes/design/boil.md", place))
        before = everything(root)
        code, said = run("scaffold", "water.boil")
        assert code == 2
        assert "lies outside notes/design" in said
        assert everything(root) == before


def test_an_unknown_block_is_said(root: Path, run: Run) -> None:
    foreign.write(root, "notes/a.md", "# A\n\n<!-- plan:nonsense -->\n<!-- /plan:nonsense -->\n")
    assert run("update") == (2, "Error: notes/a.md: there is no block called nonsense\n")
