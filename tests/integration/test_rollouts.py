"""Rollouts in the settings are held against the rules that there are, where a process starts."""

from dataclasses import replace

import pytest

from scanner.bootstrap import open_house
from scanner.bootstrap_rollouts import rollouts_of
from scanner.domain.rules import Rulebook
from scanner.errors import SettingsError
from scanner.settings import Settings


def test_a_rollout_of_a_misspelt_rule_stops_the_process_and_names_the_nearest(settings: Settings) -> None:
    wrong = replace(settings, rollouts={"malware.eicar-test-flie": 0.1})
    with pytest.raises(
        SettingsError, match=r"rollouts\.malware\.eicar-test-flie: no rule of that name.*'malware\.eicar-test-file'"
    ):
        open_house(wrong, role="cli")


def test_a_rollout_that_resembles_no_rule_says_where_the_ids_are(book: Rulebook) -> None:
    with pytest.raises(SettingsError, match="aup rules list"):
        rollouts_of(Settings(rollouts={"zzzzzzzz": 0.1}), book)


@pytest.mark.parametrize("rule", ["*", "malware.test", "usage.cause", "usage.excess"])
def test_rules_of_content_and_of_usage_may_be_let_loose_by_degrees(rule: str, book: Rulebook) -> None:
    assert rollouts_of(Settings(rollouts={rule: 0.1}), book) == {rule: 0.1}


def test_usage_rules_are_none_where_no_usage_is_metered(book: Rulebook, tmp_path: object) -> None:
    settings = Settings(rules_dir=str(tmp_path), rollouts={"usage.cause": 0.1})
    with pytest.raises(SettingsError, match="no rule of that name"):
        rollouts_of(settings, book)
