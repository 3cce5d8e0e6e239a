"""A tiny project that is not ours: its own folders, its own kinds of evidence, a plan over them."""

from pathlib import Path

PLAN = r"""
project = "Kettle"
features = "wishes.toml"
documents = ["README.md", "notes/**/*.md"]
generated = ["notes/tasks/*.md"]
tests = ["checks/*.py"]
placeholders = ["Nothing yet"]
planned_sections = ["Someday"]

[folders]
design = "notes/design"
index = "notes/design/INDEX.md"
status = "notes/STATUS.md"
todos = "notes/tasks"
template = "plan/template.md"
svg = "notes/progress.svg"

[priority]
must = "Must"
may = "May"

[category]
water = "Water"
sound = "Sound"

[area]
"kettle/" = "services"

[kind.flag]
reader = "regex"
globs = ["kettle/*.py"]
pattern = '"--([a-z]+)"'
documented = true
mention = '(?:^|\s)--([a-z]+)'
ignore = ["help"]

[kind.check]
reader = "tests"
globs = ["checks/test_*.py"]
area = "testing"
proof = true

[kind.file]
reader = "files"
globs = ["kettle/*"]
mention = '\b(kettle/[a-z.]+)'
area = "by path"

[kind.path]
reader = "openapi"
source = "api.json"
mention = '(GET|POST) (/[a-z{}/0-9]*)'

[kind.setting]
reader = "fields"
source = "kettle_settings:Settings"
mention = '\bKETTLE_([A-Z_]+)\b'

[kind.command]
reader = "click"
source = "kettle_cli:kettle"
prefix = "kettle"
mention = '^(kettle [a-z]+)\b'

[kind.table]
reader = "regex"
globs = ["kettle/*.sql"]
pattern = 'create table (\S+)'
mention = '\b(water\.[a-z]+)\b'

[kind.metric]
reader = "regex"
globs = ["kettle/*.py"]
pattern = 'Counter\("(kettle_[a-z_]+)"'
mention = '\b(kettle_[a-z_]+)\b'

[shape.tone]
check = ["checks/test_{last}.py::test_it_is_heard"]

[[task]]
each = "feature"
area = "documentation"
depth = 1
text = "Write about {feature}"
needs = ["document:{id}"]

[[task]]
each = "flag"
area = "services"
depth = 2
text = "Take --{name} for {feature}"
needs = ["flag:{name}"]

[[task]]
each = "flag"
area = "documentation"
depth = 3
text = "Tell of --{name}"
needs = ["documented:flag:{name}"]

[[task]]
each = "check"
area = "testing"
depth = 2
text = "Prove that {words}"
needs = ["check:{name}"]

[[task]]
each = "path"
area = "testing"
depth = 3
text = "Call {name}"
needs = ["used:path:{name}"]

[[phase]]
version = "1"
name = "Boil"
goal = "Water boils."
priority = "must"
exit = [{ text = "It boils", needs = ["feature:water.boil"] }]

[[phase]]
version = "2"
name = "Whistle"
goal = "It says so."
priority = "may"
"""

WISHES = """
[[feature]]
id = "water.boil"
name = "Boiling"
version = "1"
category = "water"
document = "notes/design/boil.md"
summary = "Water gets hot."
flag = ["heat"]
path = ["GET /water/{id}"]
check = ["checks/test_boil.py::test_water_gets_hot"]
file = ["kettle/boil.py"]

[[feature]]
id = "sound.whistle"
name = "Whistling"
version = "2"
category = "sound"
document = "notes/design/whistle.md"
summary = "It is heard next door."
scope = ["one tone"]
later = ["melodies"]
shape = "tone"
depends = ["water.boil"]
flag = ["loud"]
"""

TEMPLATE = """# {{title}}

## Status

<!-- plan:status -->
<!-- /plan:status -->

## Someday

{{scope}}

{{later}}

## Why

Nothing yet.

## Related

<!-- plan:related -->
<!-- /plan:related -->
"""


def make(root: Path) -> Path:
    """The project's files in an empty folder; the folder."""
    write(root, "plan/plan.toml", PLAN)
    write(root, "plan/wishes.toml", WISHES)
    write(root, "plan/template.md", TEMPLATE)
    write(root, "kettle/boil.py", 'FLAGS = ("--heat",)\nBOILED = Counter("kettle_boiled")\n')
    write(root, "kettle/one.sql", "create table water.cup (id int);\n")
    write(root, "kettle_settings.py", "class Settings:\n    litres: int = 1\n")
    write(
        root,
        "kettle_cli.py",
        "import click\n\n@click.group()\ndef kettle(): ...\n\n@kettle.command()\ndef pour(): ...\n",
    )
    write(root, "checks/test_boil.py", 'def test_water_gets_hot():\n    assert get("/water/7")\n')
    write(root, "api.json", '{"paths": {"/water/{number}": {"get": {}}}}')
    write(root, "README.md", "# Kettle\n\nUse `kettle --heat`. See [the status](notes/STATUS.md) and `GET /water/1`.\n")
    return root


def write(root: Path, place: str, text: str) -> None:
    """One file, with its folders."""
    (root / place).parent.mkdir(parents=True, exist_ok=True)
    (root / place).write_text(text, "utf-8")
