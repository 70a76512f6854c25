"""cdn.toml is checked whole."""

from pathlib import Path

import pytest

from scanner.errors import SettingsError
from scanner.wire.cdn_config import read_cdn

GOOD = """
snapshots = ["snaps/{room}/{time}.jpg"]
[[provider]]
name = "main"
kind = "qiniu"
access_key = "ak"
secret_key = "env:QINIU_SECRET"
[[domain]]
name = "www.example.com"
account = "tenant"
bucket = "tenant"
provider = "main"
edges = ["203.0.113.1:80"]
budget = 50
"""


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cdn.toml"
    path.write_text(GOOD)
    found = read_cdn(path, {"QINIU_SECRET": "s3"}, must=True)
    domain = found.domains.find("www.example.com")
    assert (domain.account, domain.edges, domain.budget) == ("tenant", ("203.0.113.1:80",), 50)
    assert found.providers["main"].secret_key == "s3"
    assert found.snapshots == ("snaps/{room}/{time}.jpg",)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("qiniu", "akamai", "kind"),
        ('provider = "main"', 'provider = "x"', "nowhere"),
        ("budget = 50", 'budget = "50"', "budget"),
        ("budget = 50", "bugdet = 50", "bugdet"),
        ("www.example.com", "WWW.example.com", "written"),
        ("www.example.com", "ex ample", "name"),
        ("[[provider]]", "[[provider", "TOML"),
        ("snapshots", "snapshot", "unknown table"),
        ("QINIU_SECRET", "OTHER", "environment"),
    ],
)
def test_what_is_wrong_is_named(before: str, after: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "cdn.toml"
    path.write_text(GOOD.replace(before, after))
    with pytest.raises(SettingsError, match=told):
        read_cdn(path, {"QINIU_SECRET": "s3"}, must=True)


def test_no_file_is_no_domain_unless_it_was_named(tmp_path: Path) -> None:
    assert read_cdn(tmp_path / "none", {}, must=False).providers == {}
    with pytest.raises(SettingsError, match="no such file"):
        read_cdn(tmp_path / "none", {}, must=True)
