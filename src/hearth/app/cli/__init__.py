"""`hearth`: the command line. Each command loads its own module alone, so that `hearth --help` answers at once."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

import click

from hearth import __version__
from hearth.kit.errors import HearthError

# Name -> module below this one, attribute, and the line that --help shows without loading it.
_COMMANDS: dict[str, tuple[str, str, str]] = {
    "serve": ("serve", "serve", "Run the whole server: engines, web, workers."),
    "demo": ("demo", "demo", "Make a small library of real media and serve it."),
    "web": ("serve", "web", "Run the web process alone, for a cluster."),
    "worker": ("serve", "worker", "Run a worker alone, for a cluster."),
    "user": ("user", "user", "Add and list users, reset passwords."),
    "role": ("role", "role", "List roles, make roles of your own."),
    "session": ("session", "session", "List where users are signed in, sign them out."),
    "api-key": ("api_key", "api_key", "Make, list and revoke API keys."),
    "audit": ("audit", "audit", "Show who did what."),
    "keys": ("keys", "keys", "Rotate the keys that tokens are signed with."),
    "oidc": ("oidc", "oidc", "Let people sign in by an OpenID provider."),
    "library": ("library_access", "library", "Add, list and scan libraries."),
    "migrate": ("migrate", "migrate", "Bring the database up to date, or back."),
    "backup": ("backup", "backup", "Back up everything that must be kept into one file."),
    "restore": ("backup", "restore", "Put a backup into an empty server."),
    "config": ("settings", "config", "Show the settings and where each came from."),
    "doctor": ("doctor", "doctor", "Check this machine and this installation."),
    "openapi": ("openapi", "openapi", "Print the description of the REST API."),
    "dev": ("dev", "dev", "Tools for those who work on Hearth."),
}


class Commands(click.Group):
    """A group that loads a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, attribute, _ = _COMMANDS[cmd_name]
        command = getattr(importlib.import_module(f"{__name__}.{module}"), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - a mistake in the table above
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in _COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hearth", message="%(prog)s %(version)s")
def hearth() -> None:
    """Hearth: your films, shows and music, from your folders to every screen.

    `hearth serve` starts it. Settings come from hearth.toml in the data folder, HEARTH_* variables and options.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command and ends the process: 0, or 1 after one sentence that says what to do (2 for a wrong call).

    With HEARTH_DEBUG set, errors come with their traceback.
    """
    debug = bool(os.environ.get("HEARTH_DEBUG"))
    try:
        sys.exit(hearth.main(arguments, prog_name="hearth", standalone_mode=False))
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read our output has left
        sys.exit(1)
    except HearthError as error:
        if debug:
            raise
        click.echo(f"Error: {error.detail}", err=True)
        sys.exit(1)
    except Exception as error:
        if debug:
            raise
        from hearth.kit.logs import redact

        words = redact(f"{type(error).__name__}: {error}")
        click.echo(f"Error: {words}\nSet HEARTH_DEBUG=1 to see where this happened.", err=True)
        sys.exit(1)
