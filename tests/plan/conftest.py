"""The foreign project, and the tool run on it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tools.plan.cli import main
from tools.plan.load import load
from tools.plan.model import Plan
from tools.plan.truth import Truth

from tests.plan import foreign

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A fresh foreign project."""
    return foreign.make(tmp_path)


@pytest.fixture
def run(root: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """`hearth-plan` on the foreign project: its exit code and what it said."""

    def call(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        code = main(["--root", str(root), "--plan", "plan/plan.toml", *arguments])
        said = capsys.readouterr()
        return code, said.out + said.err

    return call


@pytest.fixture
def plan(root: Path) -> Plan:
    """The foreign plan."""
    return load(root, "plan/plan.toml")


@pytest.fixture
def truth(plan: Plan) -> Truth:
    """What is so in the foreign project."""
    return Truth(plan)
