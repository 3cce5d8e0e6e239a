"""Which tests passed: told by the report of a run, and by the committed record of what passed before.

A pass is noted with a fingerprint of the test's source. Without a report only a test that is as it was when it passed
counts. With one, a failure refutes the record, and a pass upholds it also where the test was changed meanwhile; what
never passed before counts once `update` has noted it, so that documents and record change together.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from xml.etree import ElementTree

from tools.plan.model import Plan, PlanError
from tools.plan.readers import test_sources

PASSED = "passed"
_WORST_FIRST = ("failed", "skipped", "not run", "changed since it passed", "never passed")
_HEAD = "# Tests that passed, each with the fingerprint of its source then. The plan's `update` writes it.\n"
_DIGITS = 12


class Outcomes:
    """The outcome of tests by their id. `running` is for a check inside of the run whose report decides later."""

    def __init__(self, plan: Plan, results: Path | None = None, *, running: bool = False) -> None:
        self.plan = plan
        self.running = running
        self.report = _report(results) if results else None
        self._written_at = results.stat().st_mtime_ns if results else 0
        self.record = _record(plan.root / plan.record) if plan.record else None

    @functools.cached_property
    def fingerprints(self) -> Mapping[str, str]:
        """Every test of every kind of tests, as it is now."""
        globs = [glob for kind in self.plan.kinds.values() if kind.reader == "tests" for glob in kind.globs]
        return {
            name: hashlib.sha256(source.encode()).hexdigest()[:_DIGITS]
            for name, source in test_sources(self.plan.root, globs)
        }

    def ids(self, name: str) -> list[str]:
        """The tests that a name means: itself, all of its file or class, or all that fit a glob."""
        if name in self.fingerprints:
            return [name]
        if "*" in name:
            return [known for known in self.fingerprints if fnmatchcase(known, name)]
        return [known for known in self.fingerprints if known.startswith(f"{name}::")]

    def of(self, name: str) -> str | None:
        """The worst outcome of the tests that a name means; None when there is neither report nor record."""
        if self.report is None and self.record is None:
            return None
        outcomes = {self._of_one(test) for test in self.ids(name)} or {"not run"}
        return next((worse for worse in _WORST_FIRST if worse in outcomes), PASSED)

    def _of_one(self, test: str) -> str:
        reported = self.reported(test)
        if reported == "failed":
            return "failed"
        if self.record is None:
            return reported or "not run"
        if test not in self.record:
            return "never passed"
        if reported == PASSED or self.running or self.record[test] == self.fingerprints[test]:
            return PASSED
        return "changed since it passed"

    def reported(self, test: str) -> str | None:
        """What the report says of one test; None when it did not run there, or was changed after."""
        if self.report is None:
            return None
        outcome = self.report.get(_dotted(test))
        file = self.plan.root / test.partition("::")[0]
        return outcome if outcome and file.stat().st_mtime_ns <= self._written_at else None

    def unnoted(self, wanted: Iterable[str]) -> list[str]:
        """Tests that passed in the report and do not stand in the record."""
        record = self.record or {}
        return [test for test in self._all(wanted) if test not in record and self.reported(test) == PASSED]

    def carried(self, wanted: Iterable[str]) -> list[str]:
        """Tests that count for a run before: the report says nothing of them, or that they were skipped."""
        return [
            test for test in self._all(wanted)
            if self.reported(test) not in (PASSED, "failed") and self._of_one(test) == PASSED
        ]  # fmt: skip

    def note(self, wanted: Iterable[str]) -> bool:
        """Brings the record up to date; whether it changed. What was changed or failed since it passed is struck."""
        if self.record is None:
            return False
        now: dict[str, str] = {}
        for test in self._all(wanted):
            reported = self.reported(test)
            if reported == PASSED or (reported != "failed" and self.record.get(test) == self.fingerprints[test]):
                now[test] = self.fingerprints[test]
        text = _HEAD + "".join(f"{print_} {test}\n" for test, print_ in sorted(now.items()))
        self.record = now
        path = self.plan.root / self.plan.record
        if path.is_file() and path.read_text("utf-8") == text:
            return False
        path.write_text(text, "utf-8")
        return True

    def _all(self, wanted: Iterable[str]) -> list[str]:
        return list(dict.fromkeys(test for name in wanted for test in self.ids(name)))


def _record(path: Path) -> dict[str, str]:
    """Fingerprints by test; nothing when nothing was noted yet."""
    if not path.is_file():
        return {}
    found = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fingerprint, space, test = line.partition(" ")
        if not space:
            raise PlanError(f"{path}:{number}: a line is a fingerprint and a test")
        found[test] = fingerprint
    return found


def _dotted(test: str) -> str:
    """A pytest id as a JUnit report writes it: `tests.jobs.test_run.test_it`."""
    return test.replace(".py", "", 1).replace("::", ".").replace("/", ".")


def _report(path: Path) -> dict[str, str]:
    """The worst outcome by dotted name, from a report in JUnit's format that pytest wrote."""
    try:
        tree = ElementTree.parse(path)  # noqa: S314 - our own report
    except (OSError, ElementTree.ParseError) as error:
        raise PlanError(f"{path}: {error}") from None
    found: dict[str, str] = {}
    for case in tree.iter("testcase"):
        name = f"{case.get('classname', '')}.{case.get('name', '').partition('[')[0]}".lstrip(".")
        outcome = PASSED
        for child in case:
            if child.tag in ("failure", "error"):
                outcome = "failed"
            elif child.tag == "skipped" and outcome == PASSED:
                outcome = "skipped"
        outcomes = {outcome, found.get(name, PASSED)}
        found[name] = next((worse for worse in _WORST_FIRST if worse in outcomes), PASSED)
    return found
