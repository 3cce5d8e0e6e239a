"""`python -m bench [NAME...]`: run all measurements, or those named."""

import importlib
import sys

ALL = ("scan", "lists", "browse", "clients", "kept", "ranges", "segments", "auth", "flood", "facts", "idle")


def main() -> None:
    names = sys.argv[1:] or ALL
    for name in names:
        if name not in ALL:
            sys.exit(f"There is no measurement named {name}. There are: {', '.join(ALL)}.")
        importlib.import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main()
