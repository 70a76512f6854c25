"""A rules folder with the shipped agreement and policy and no content rules: usage needs no more."""

import shutil
from pathlib import Path

RULES = Path(__file__).resolve().parents[2] / "rules"


def bare_rules(folder: Path) -> Path:
    """The folder, made; a test puts its usage.yaml there."""
    folder.mkdir()
    for name in ("agreement.yaml", "policy.yaml"):
        shutil.copy(RULES / name, folder / name)
    return folder
