"""Options that many commands take, and the houses that their work needs."""

import getpass

import click

from scanner.bootstrap import House, open_house
from scanner.bootstrap_rights import RightsHouse, open_rights

JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
ONE_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object.")
BY = click.option("--by", "person", default=getpass.getuser, help="Who does it [default: you].")
REASON = click.option("--reason", required=True, help="Why; kept in the audit log.")


def houses(context: click.Context) -> tuple[House, RightsHouse]:
    """The house as the command line opens it, and what notices, appeals, deletion and strikes need."""
    house = open_house(context.obj(), role="cli")
    return house, open_rights(house)
