"""Which adapter serves which port of CDN content: finding, fetching, taking down, looking again."""

import os
from dataclasses import dataclass
from pathlib import Path

from scanner.bootstrap import House, open_house
from scanner.services.cdn_finding import Finding
from scanner.settings import Settings
from scanner.wire.cdn_config import CdnSettings, read_cdn


@dataclass(frozen=True, slots=True)
class CdnHouse:
    """Everything of CDN content over one house."""

    house: House
    settings: CdnSettings
    finding: Finding


def cdn_settings(settings: Settings) -> CdnSettings:
    """The file that `cdn_file` names, or `cdn.toml` in the state folder if it is there."""
    path = Path(settings.cdn_file) if settings.cdn_file else settings.state / "cdn.toml"
    return read_cdn(path, os.environ, must=bool(settings.cdn_file))


def open_cdn(settings: Settings) -> CdnHouse:
    """The services over the settings."""
    house, found = open_house(settings, role="cli"), cdn_settings(settings)
    return CdnHouse(house, found, Finding(found.domains, house.intake, house.enforcing.clock))
