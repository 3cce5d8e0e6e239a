"""Gaps are found in both directions, each where it is."""

import json
from pathlib import Path

import pytest

from tests.plan import foreign
from tests.plan.conftest import Run


def found(run: Run) -> list[tuple[str, str, str]]:
    """Gaps as (what, place, detail)."""
    return [(gap["gap"], gap["place"], gap["detail"]) for gap in json.loads(run("gaps", "--json")[1])]


def test_documents_against_the_plan(root: Path, run: Run) -> None:
    before = found(run)
    assert ("no document", "notes/design/boil.md", "Boiling has no design document") in before
    assert ("missing evidence", "notes/design/whistle.md", "flag loud") in before
    run("scaffold")
    after = found(run)
    assert not [gap for gap in after if gap[0] == "no document"]
    assert [gap for gap in after if gap[0] == "placeholder section"]


def test_a_feature_without_evidence(root: Path, run: Run) -> None:
    foreign.write(
        root, "plan/wishes.toml", foreign.WISHES.replace('shape = "tone"\n', "").replace('flag = ["loud"]', "")
    )
    assert ("no evidence", "notes/design/whistle.md", "nothing says when Whistling is done") in found(run)


@pytest.mark.parametrize(
    ("text", "gap"),
    [
        ("See [more](missing.md).", ("dead link", "README.md:1", "missing.md")),
        ("See [more](#nowhere).\n\n# Here\n\nYes.", ("dead link", "README.md:1", "#nowhere")),
        ("![x](a.png)", ("dead link", "README.md:1", "a.png")),
        ("Call `kettle --cold`.", ("false claim", "README.md:1", "there is no flag cold")),
        ("```sh\n\nkettle --cold\n```", ("false claim", "README.md:3", "there is no flag cold")),
        ("Ask `POST /water/1`.", ("false claim", "README.md:1", "there is no path POST /water/1")),
        ("# Title\n\n## Empty\n\n## Full\n\nYes.", ("empty section", "README.md:3", "“Empty” holds nothing")),
        ("Nothing here.", ("undocumented", "flag", "heat")),
    ],
)
def test_documents_against_the_code(root: Path, run: Run, text: str, gap: tuple[str, str, str]) -> None:
    foreign.write(root, "README.md", text)
    assert gap in found(run)


@pytest.mark.parametrize(
    "text",
    [
        "Call `kettle --heat` or `GET /water/{anything}`.",
        "# Kettle\n\n## Someday\n\nIt takes `--cold`.\n\n### Later still\n\n`--colder`",
        "Outside [there](https://example.org/missing.md) and `--help`.",
        "# Real\n\nSee [it](#real), and --cold outside of code.",
        "<!-- `--cold` is a comment -->\n\nYes.",
        "```md\n[not a link](missing.md)\n```",
    ],
)
def test_what_is_true_or_planned_is_no_gap(root: Path, run: Run, text: str) -> None:
    foreign.write(root, "README.md", text)
    assert not [gap for gap in found(run) if gap[1].startswith("README.md")]


def test_a_planned_section_ends_with_the_next_of_its_level(root: Path, run: Run) -> None:
    foreign.write(root, "README.md", "# A\n\n## Someday\n\n`--cold`\n\n## Now\n\n`--warm`\n")
    told = [gap[2] for gap in found(run) if gap[0] == "false claim"]
    assert told == ["there is no flag warm"]


def test_gaps_are_grouped_for_people(run: Run) -> None:
    code, said = run("gaps")
    assert code == 0
    assert said.index("Water") < said.index("  Must") < said.index("Sound") < said.index("  May")
    assert "gaps, " in said
