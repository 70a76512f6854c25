"""The settings' rollouts, held against the rules that there are: a misspelt rule would act on all that it finds."""

from collections.abc import Mapping
from difflib import get_close_matches

from scanner.bootstrap_local import usage_folder
from scanner.detection.listed import RULE
from scanner.domain.rules import Rulebook
from scanner.errors import SettingsError
from scanner.rulebook.usage import NAME, load_usage
from scanner.settings import Settings

EVERY = "*"  # every rule that is not named
NO_THRESHOLD = "usage.cause"  # the rule of an incident that no threshold raised


def rollouts_of(settings: Settings, book: Rulebook) -> Mapping[str, float]:
    """The shares by rule; SettingsError names a rule that there is not, and the nearest that there is."""
    unknown = [rule for rule in settings.rollouts if rule not in book.rules and rule not in (EVERY, RULE.id)]
    if unknown:
        known = [*book.rules, RULE.id, *_usage_rules(settings)]
        for rule in unknown:
            if rule not in known:
                near = get_close_matches(rule, known, 1)
                mend = f"did you mean {near[0]!r}?" if near else "see `aup rules list` for the ids, or use *"
                raise SettingsError("no rule of that name", where=f"rollouts.{rule}", mend=mend)
    return settings.rollouts


def _usage_rules(settings: Settings) -> list[str]:
    """What incidents of usage are filed under."""
    folder = usage_folder(settings)
    if not (folder / NAME).exists():
        return []
    return [NO_THRESHOLD, *(row.id for row in load_usage(folder).thresholds.rows)]
