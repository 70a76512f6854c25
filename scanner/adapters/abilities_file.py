"""What a store was shown to do, kept between processes: probed once per endpoint, shown, and probed anew when stale."""

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from scanner.domain.enforcement.abilities import Abilities

STALE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class AbilitiesFile:
    """Remembers a probe in a file of the state folder."""

    path: Path
    endpoint: str
    probe: Callable[[], Abilities]

    def __call__(self) -> Abilities:
        """What is remembered of this endpoint, or a fresh probe."""
        return self.remembered() or self.renew()

    def remembered(self) -> Abilities | None:
        """What the file says, unless it is of another store, too old, or damaged."""
        try:
            stated: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
            known = {field.name for field in fields(Abilities)}
            shown = Abilities(**{name: _fit(value) for name, value in stated.items() if name in known})
            fresh = datetime.fromisoformat(shown.probed_at) > datetime.now(UTC) - STALE
        except (OSError, ValueError, TypeError, AttributeError):
            return None  # a file that cannot be used is as good as none: the store is probed again
        return shown if fresh and shown.endpoint == self.endpoint else None

    def renew(self) -> Abilities:
        """Probe now and remember; EnforcementError if the store cannot be probed."""
        shown = self.probe()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_name(f".{self.path.name}.{secrets.token_hex(6)}")
        draft.write_text(json.dumps({**asdict(shown), "endpoint": self.endpoint}, indent=1), encoding="utf-8")
        draft.replace(self.path)
        return shown


def _fit(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
