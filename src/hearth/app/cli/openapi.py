"""`hearth openapi`: the description of the REST API, as clients are generated from it."""

from __future__ import annotations

import sys

import click

from hearth.app.cli.options import as_json, print_json


@click.command()
@as_json
def openapi(as_json: bool) -> None:
    """Print the OpenAPI 3.1 description of /api/v1 as YAML (or JSON)."""
    from hearth.api.app import openapi_document

    document = openapi_document()
    if as_json:
        print_json(document)
        return
    import yaml

    yaml.safe_dump(document, sys.stdout, sort_keys=False, allow_unicode=True, width=120)
