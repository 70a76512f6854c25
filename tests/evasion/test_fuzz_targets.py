"""Every fuzz target bears its seeds and a few thousand mutants of them."""

import pytest

from fuzz.__main__ import blindly
from fuzz.targets import TARGETS, seeds


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_a_target_bears_its_seeds(name: str) -> None:
    inputs = seeds(name)
    assert inputs
    for data in inputs:
        TARGETS[name](data)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(TARGETS))
def test_a_target_bears_mutants_for_a_while(name: str) -> None:
    assert blindly(name, 20, seed=2) > 100
