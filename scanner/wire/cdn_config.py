"""`cdn.toml`: domains, edges and providers. Read whole, checked whole; an error names the table and the key."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from scanner.domain.cdn.domains import Domain, Domains
from scanner.domain.cdn.urls import read_host
from scanner.errors import ContentError, SettingsError

KINDS = ("qiniu", "aliyun", "tencent", "cloudflare", "webhook")


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """One account at a CDN. Secrets are best given as `env:NAME`. `endpoint` empty: the provider's own."""

    name: str
    kind: str
    access_key: str = ""
    secret_key: str = ""
    zone: str = ""
    endpoint: str = ""


@dataclass(frozen=True, slots=True)
class CdnSettings:
    """The whole file."""

    domains: Domains = field(default_factory=Domains)
    providers: Mapping[str, ProviderSettings] = field(default_factory=dict)
    snapshots: tuple[str, ...] = ()
    url_lists: tuple[str, ...] = ()


def read_cdn(path: Path, environ: Mapping[str, str], *, must: bool) -> CdnSettings:
    """The file's content; empty settings where it is not there and need not be. SettingsError otherwise."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if must:
            raise SettingsError("there is no such file", where=str(path), mend="correct cdn_file") from None
        return CdnSettings()
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"is not TOML: {error}", where=str(path), mend="correct the line it names") from error
    wrong = set(table) - {"domain", "provider", "snapshots", "url_lists"}
    if wrong:
        raise SettingsError(f"unknown table {sorted(wrong)[0]!r}", where=str(path), mend="use domain and provider")
    providers = [_provider(row, environ, str(path)) for row in table.get("provider", [])]
    domains = tuple(_domain(row, {each.name for each in providers}, str(path)) for row in table.get("domain", []))
    return CdnSettings(
        Domains.of(domains),
        {each.name: each for each in providers},
        _words(table.get("snapshots", []), "snapshots", str(path)),
        _words(table.get("url_lists", []), "url_lists", str(path)),
    )


def _provider(row: Any, environ: Mapping[str, str], where: str) -> ProviderSettings:
    found: ProviderSettings = _row(ProviderSettings, row, f"{where}: provider")
    if found.kind not in KINDS:
        raise SettingsError(f"kind = {found.kind!r}", where=f"{where}: provider", mend=f"use {', '.join(KINDS)}")
    secrets = {name: _secret(getattr(found, name), environ, where) for name in ("access_key", "secret_key")}
    return ProviderSettings(found.name, found.kind, zone=found.zone, endpoint=found.endpoint, **secrets)


def _domain(row: Any, providers: set[str], where: str) -> Domain:
    found: Domain = _row(Domain, row, f"{where}: domain")
    place = f"{where}: domain {found.name}"
    try:
        host = read_host(found.name.removeprefix("*."))
    except ContentError as error:
        raise SettingsError(f"name {error.what}", where=place, mend="write www.example.com or *.example.com") from error
    if host != found.name.removeprefix("*."):
        raise SettingsError("is not written as it is asked for", where=place, mend=f"write {host}")
    if found.query not in ("keep", "ignore", "only"):
        raise SettingsError(f"query = {found.query!r}", where=place, mend="use keep, ignore or only")
    if found.scheme not in ("http", "https"):
        raise SettingsError(f"scheme = {found.scheme!r}", where=place, mend="use http or https")
    if found.provider and found.provider not in providers:
        raise SettingsError(f"provider = {found.provider!r} is nowhere", where=place, mend="add it as [[provider]]")
    return found


def _row(kind: type[Any], row: Any, where: str) -> Any:
    known = {each.name: each for each in fields(kind)}
    if not isinstance(row, Mapping) or "name" not in row:
        raise SettingsError("name is missing", where=where, mend="give every table a name")
    values = dict[str, Any]()
    for key, value in row.items():
        if key not in known:
            raise SettingsError(f"unknown key {key!r}", where=where, mend=f"use one of {', '.join(known)}")
        values[key] = tuple(value) if isinstance(value, list) else value
        wanted = int if key == "budget" else tuple if key in ("names", "edges") else str
        if not isinstance(values[key], wanted) or isinstance(value, bool):
            raise SettingsError(f"{key} = {value!r}", where=where, mend=f"give a {wanted.__name__}")
    try:
        return kind(**values)
    except TypeError as error:
        raise SettingsError(f"a key is missing: {error}", where=where, mend="see docs/cdn.md") from error


def _secret(text: str, environ: Mapping[str, str], where: str) -> str:
    if not text.startswith("env:"):
        return text
    name = text.removeprefix("env:")
    if name not in environ:
        raise SettingsError(f"{name} is not in the environment", where=where, mend="set it")
    return environ[name]


def _words(value: Any, key: str, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise SettingsError(f"{key} is no list of texts", where=where, mend=f'write {key} = ["…"]')
    return tuple(value)
