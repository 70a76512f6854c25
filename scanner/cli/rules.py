"""`aup rules`: check, read, write, measure, import and publish rules."""

import click

from scanner.cli.rules_author import docs, new, sample, test
from scanner.cli.rules_check import check, lint
from scanner.cli.rules_eval import evaluate
from scanner.cli.rules_operate import import_set, publish, rollback, versions
from scanner.cli.rules_read import explain, list_rules
from scanner.cli.rules_stats import stats


@click.group()
def rules() -> None:
    """Check, read, write, measure, import and publish rules.

    Exit status of every command: 0 all is well, 1 the rules are refused or something was found, 2 usage or failure.
    """


for command in (check, lint, list_rules, explain, test, new, sample, docs, stats, evaluate):
    rules.add_command(command)
for command in (import_set, publish, rollback, versions):
    rules.add_command(command)
