"""Our own plan, read once a process: asking the running code what there is takes seconds."""

import functools
from pathlib import Path

from tools.plan.load import load
from tools.plan.model import Plan
from tools.plan.truth import Truth

ROOT = Path(__file__).parents[2]


@functools.cache
def plan() -> Plan:
    """As it stands in the repository."""
    return load(ROOT, "docs/plan/plan.toml")


@functools.cache
def truth() -> Truth:
    """As far as it is known while tests run; their outcome is held against it by `make test` at its end."""
    return Truth(plan(), running=True)
