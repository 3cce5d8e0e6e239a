"""`python -m tests.coverage_by_room MINIMUM`: fails when the tests reach less of a room than that, in per cent."""

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

SOURCE = "src/hearth/"


def main() -> None:
    minimum = float(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        subprocess.run([sys.executable, "-m", "coverage", "json", "-q", "-o", str(report)], check=True, timeout=300)
        files = json.loads(report.read_text())["files"]
    reached: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for name, facts in files.items():
        if SOURCE not in name:
            continue
        room = name.split(SOURCE, 1)[1].split("/")[0].removesuffix(".py")
        summary = facts["summary"]
        reached[room][0] += summary["covered_lines"] + summary.get("covered_branches", 0)
        reached[room][1] += summary["num_statements"] + summary.get("num_branches", 0)
    low = []
    for room, (covered, total) in sorted(reached.items()):
        share = 100 * covered / total if total else 100.0
        print(f"{room:12s} {share:5.1f} %")
        if share < minimum and not room.startswith("__"):
            low.append(room)
    if low:
        sys.exit(f"Below {minimum:.0f} %: {', '.join(low)}.")


if __name__ == "__main__":
    main()
