"""`python -m hearth` is `hearth`."""

from hearth.app.cli import main

main()
