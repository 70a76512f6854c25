"""Cards of scorers: what is refused, and what the shipped ones say."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from scanner.errors import RuleError
from scanner.keywords.scorer import STRETCH
from scanner.keywords.scorer_card import load_scorer, packed

SHIPPED = sorted((Path(__file__).parents[3] / "rules" / "scorers").glob("*.yaml"))
WEIGHTS = bytes(range(256))


def card(**changes: object) -> str:
    """A card that loads, with some keys changed."""
    keys: dict[str, object] = {
        "id": "test.scorer",
        "clause": "3.1.3.9",
        "features": 1,
        "bits": 8,
        "bias": -1.0,
        "scale": 0.5,
        "window": 64,
        "stride": 32,
        "shortest": 4,
        "threshold": 0.9,
        "weights": packed(WEIGHTS),
    }
    return yaml.safe_dump(keys | changes)


def test_a_card_with_its_weights_loads() -> None:
    scorer = load_scorer(card())
    assert scorer.id == "test.scorer"
    assert scorer.weights.tolist() == (np.frombuffer(WEIGHTS, np.int8).astype(np.float32) * 0.5).tolist()


def test_weights_may_be_handed_over_beside_the_card() -> None:
    told = {"sha256": packed(WEIGHTS)["sha256"]}
    assert len(load_scorer(card(weights=told), WEIGHTS).weights) == 256


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"bits": 30}, "bits: 30 is not between"),
        ({"bits": "8"}, "bits: '8' is of the wrong kind"),
        ({"threshold": 2.0}, "threshold: 2.0 is not between"),
        ({"stride": 48}, f"stride: 48 does not divide {STRETCH}"),
        ({"stride": 65}, "stride: 65 is not between"),
        ({"features": 7}, "features: version 7"),
        ({"id": None}, "id: missing"),
        ({"weights": {"sha256": "0"}}, "weights: 0 bytes where 8 bits need 256"),
        ({"weights": packed(WEIGHTS) | {"sha256": "0"}}, "weights: sha256 is not the card's"),
        ({"weights": packed(bytes(255))}, "weights: 255 bytes"),
        ({"weights": packed(bytes(1 << 20))}, "weights: 257 bytes"),
        ({"weights": {"sha256": "0", "zlib_base64": "%%"}}, "weights: cannot be unpacked"),
    ],
)
def test_a_card_that_cannot_be_used_is_refused_with_its_key(changes: dict[str, object], told: str) -> None:
    with pytest.raises(RuleError) as refused:
        load_scorer(card(**changes))
    assert told in str(refused.value)
    assert " — " in str(refused.value)


@pytest.mark.parametrize("text", ["", "[1, 2]", "{a", "x" * 4_000_001])
def test_what_is_no_card_is_refused(text: str) -> None:
    with pytest.raises(RuleError):
        load_scorer(text)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_scorer_loads_and_says_what_it_learned_from(path: Path) -> None:
    said = yaml.safe_load(path.read_text("utf-8"))
    assert load_scorer(path.read_text("utf-8")).id == said["id"]
    assert said["status"] == "nursery"
    assert said["ceiling"] == "review"
    assert said["limits"]
    assert {"in_source", "cross_source"} <= said["measured"].keys()
    assert not any("GPL" in source["licence"] or "research" in source["licence"] for source in said["trained_on"])


def test_the_shipped_scorers_stay_small() -> None:
    assert SHIPPED
    assert sum(path.stat().st_size for path in SHIPPED) < 1_500_000
