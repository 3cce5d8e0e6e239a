"""`python -m tools.plan`."""

from tools.plan.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
