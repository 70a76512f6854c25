"""`python -m fuzz [TARGET …] [--seconds N]`: each target for N seconds (60), by atheris where it is installed.

Without atheris the seeds are mutated blindly: slower to find anything, but the same check. Exit 1 at the first input
that a target does not bear; it is written beside as `crash-TARGET.bin`.
"""

import argparse
import random
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from fuzz.targets import TARGETS, seeds
from tests.evasion.mutants import mutated


def by_atheris(name: str, seconds: int) -> bool:
    """Run one target under atheris in a process of its own; whether it bore everything."""
    with TemporaryDirectory() as folder:
        for number, seed in enumerate(seeds(name)):
            Path(folder, str(number)).write_bytes(seed)
        code = (
            "import atheris, sys\n"
            "with atheris.instrument_imports(include=['scanner.detection', 'scanner.text', 'scanner.keywords']):\n"
            "    from fuzz.targets import TARGETS\n"
            f"target = TARGETS[{name!r}]\n"
            "atheris.Setup(sys.argv, target)\natheris.Fuzz()\n"
        )
        words = [
            f"-max_total_time={seconds}",
            "-max_len=20000",
            f"-artifact_prefix=crash-{name}-",
            "-rss_limit_mb=2048",
            folder,
        ]
        return subprocess.run([sys.executable, "-c", code, *words], check=False).returncode == 0


def blindly(name: str, seconds: int, seed: int = 1) -> int:
    """Mutate the seeds for `seconds`; how many inputs there were. What a target does not bear is raised."""
    dice, pool, count = random.Random(f"{name}/{seed}"), seeds(name), 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        data = mutated(dice.choice(pool), dice)
        try:
            TARGETS[name](data)
        except Exception:
            Path(f"crash-{name}.bin").write_bytes(data)
            raise
        count += 1
    return count


def main() -> int:
    parser = argparse.ArgumentParser(prog="fuzz", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("targets", nargs="*", default=sorted(TARGETS))
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--blind", action="store_true", help="do not use atheris")
    words = parser.parse_args()
    try:
        import atheris
    except ImportError:
        atheris = None
    for name in words.targets:
        if atheris is None or words.blind:
            print(f"{name}: {blindly(name, words.seconds)} inputs")
        elif not by_atheris(name, words.seconds):
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
