"""A worker may die at any moment, once or twice, while the customer overwrites: nothing is violated."""

import pytest

from benchmarks.crash_points import BAD, table, trial
from tests.unit.services.house import MemoryHouse


@pytest.mark.parametrize("kind", ["suspend", "delete"])
def test_no_crash_point_alone_or_in_pairs_violates_anything(kind: str) -> None:
    trials, points, found, _ = table(kind)
    assert found == {}
    assert trials > 100
    assert points >= 10


def blind(house: MemoryHouse) -> None:
    """A remover that pays no heed to what it should find, and always says that it is gone."""

    def remove(subject: object) -> None:
        house.contents.objects.pop(("tenant", "a"), None)

    house.remover = Blind(remove)  # type: ignore[assignment]


class Blind:
    def __init__(self, remove: object) -> None:
        self.remove = remove

    def there(self, subject: object) -> bool:
        return False

    def proves(self, subject: object) -> bool:
        return True


def test_the_trials_notice_a_delete_that_pays_no_heed_to_its_condition() -> None:
    _, names = trial("delete", (), overwrite=False)
    before = names.index("before remove")
    # the customer overwrites just before the request, and the worker lives: the condition alone protects the new bytes
    found = overwritten_before_request(before)
    assert found == ["I4 other bytes were deleted"]


def overwritten_before_request(moment: int) -> list[str]:
    """A trial whose customer is faster than the request, against a remover without a condition."""
    from benchmarks import crash_points as trials

    class Faster(trials.Script):
        def pass_by(self, name: str) -> None:
            self.met.append(name)
            if len(self.met) - 1 == moment and self.overwrite:
                self.overwrite()

    original = trials.Script
    trials.Script = Faster  # type: ignore[misc]
    try:
        return trial("delete", (moment,), overwrite=True, spoil=blind)[0]
    finally:
        trials.Script = original  # type: ignore[misc]


def test_a_trial_without_a_crash_acts_on_the_judged_bytes_alone() -> None:
    assert trial("suspend", (), overwrite=False)[0] == []
    assert BAD == b"EVIL"
