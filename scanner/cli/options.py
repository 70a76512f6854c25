"""Options that many commands take, and the houses that their work needs."""

import getpass
import os

import click

from scanner.bootstrap import House, open_house
from scanner.bootstrap_rights import RightsHouse, open_rights


def me() -> str:
    """Who runs this: the login's name, or its number where a container's image names nobody."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return f"uid-{os.getuid()}"


JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
ONE_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object.")
BY = click.option("--by", "person", default=me, help="Who does it [default: you].")
REASON = click.option("--reason", required=True, help="Why; kept in the audit log.")


def houses(context: click.Context) -> tuple[House, RightsHouse]:
    """The house as the command line opens it, and what notices, appeals, deletion and strikes need."""
    house = open_house(context.obj(), role="cli")
    return house, open_rights(house)
