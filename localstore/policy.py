"""Policy documents: refused when malformed, evaluated as AWS does."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from localstore.values import Caller, RefusalError

MAX_BYTES = 20 * 1024
VARIABLES = {"*": "\x01", "?": "\x02", "$": "\x03"}
NEGATED = frozenset({"StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "ArnNotEquals", "ArnNotLike"})
KEYS = (
    "aws:PrincipalArn", "aws:PrincipalAccount", "aws:username", "aws:SecureTransport", "aws:SourceIp", "aws:UserAgent",
    "s3:authType", "s3:VersionId", "s3:prefix", "s3:x-amz-acl", "s3:ExistingObjectTag/", "s3:RequestObjectTag/",
    "s3:if-match", "s3:if-none-match", "s3:x-amz-copy-source", "s3:object-lock-mode",
    "s3:object-lock-remaining-retention-days", "s3:ResourceAccount", "aws:ResourceAccount",
)  # fmt: skip


def parse(text: str) -> Mapping[str, Any]:
    """The policy; 400 if it is too large or is not one."""
    if len(text.encode()) > MAX_BYTES:
        raise RefusalError(400, "PolicyTooLarge", "Policy exceeds the maximum allowed document size.")
    try:
        policy: dict[str, Any] = json.loads(text)
        statements = policy["Statement"]
    except (ValueError, KeyError, TypeError) as error:
        raise RefusalError(400, "MalformedPolicy", "Policies must be valid JSON and have statements") from error
    sids: list[str] = []
    for statement in [statements] if isinstance(statements, dict) else statements:
        _check(statement)
        sids += [statement["Sid"]] if "Sid" in statement else []
    if len(set(sids)) != len(sids):
        raise RefusalError(400, "MalformedPolicy", "Statement IDs (SID) in a single policy must be unique.")
    return policy


def _check(statement: Any) -> None:
    if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
        raise RefusalError(400, "MalformedPolicy", "Missing required field Effect")
    for field in (("Action", "NotAction"), ("Resource", "NotResource")):
        if not any(name in statement for name in field):
            raise RefusalError(400, "MalformedPolicy", f"Missing required field {field[0]}")
    if not re.fullmatch(r"[A-Za-z0-9 _-]*", statement.get("Sid", "")):
        raise RefusalError(400, "MalformedPolicy", "Statement IDs (SID) must be alpha-numeric.")
    for operator, block in statement.get("Condition", {}).items():
        if operator.removesuffix("IfExists") not in OPERATORS:
            raise RefusalError(400, "MalformedPolicy", f"Invalid Condition type : {operator}")
        for key in block:
            if not any(key == known or (known.endswith("/") and key.startswith(known)) for known in KEYS):
                raise RefusalError(400, "MalformedPolicy", f"Policy has an invalid condition key: {key}")


def effect(
    policy: Mapping[str, Any] | None, caller: Caller, action: str, resource: str, context: Mapping[str, str]
) -> str:
    """`Deny`, `Allow` or nothing, for an identity's or a bucket's policy."""
    found = ""
    for statement in _listed((policy or {}).get("Statement", [])):
        if _meets(statement, caller, action, resource, context):
            if statement["Effect"] == "Deny":
                return "Deny"
            found = "Allow"
    return found


def _meets(
    statement: Mapping[str, Any], caller: Caller, action: str, resource: str, context: Mapping[str, str]
) -> bool:
    return (
        _principal(statement, caller)
        and _named(statement, "Action", action, fold=True)
        and _named(statement, "Resource", resource)
        and all(
            _condition(operator, key, _listed(values), context)
            for operator, block in statement.get("Condition", {}).items()
            for key, values in block.items()
        )
    )


def _principal(statement: Mapping[str, Any], caller: Caller) -> bool:
    if "Principal" not in statement and "NotPrincipal" not in statement:
        return True  # an identity's own policy
    if "NotPrincipal" in statement:
        return not _is_one_of(statement["NotPrincipal"], caller)
    return _is_one_of(statement["Principal"], caller)


def _is_one_of(principal: Any, caller: Caller) -> bool:
    names = _listed(principal if principal == "*" else principal.get("AWS", []))
    whole = {caller.account, f"arn:aws:iam::{caller.account}:root"} if caller.account else set()
    return any(name == "*" or name == caller.arn or name in whole for name in names)


def _named(statement: Mapping[str, Any], field: str, value: str, *, fold: bool = False) -> bool:
    negated = f"Not{field}" in statement
    patterns = _listed(statement[f"Not{field}" if negated else field])
    hit = any(_like(pattern, value, fold=fold) for pattern in patterns)
    return hit != negated


def _condition(operator: str, key: str, wanted: Sequence[str], context: Mapping[str, str]) -> bool:
    plain = operator.removesuffix("IfExists")
    value = context.get(key)
    if plain == "Null":
        return (value is None) == (str(wanted[0]).lower() == "true")
    if value is None:
        return operator.endswith("IfExists") or plain in NEGATED
    hit = any(OPERATORS[plain](_filled(str(want), context), value) for want in wanted)
    return hit != (plain in NEGATED)


def _filled(want: str, context: Mapping[str, str]) -> str:
    """A value with its policy variables filled in."""
    return re.sub(r"\$\{([A-Za-z0-9]+:[A-Za-z0-9/_-]+)\}", lambda hit: context.get(hit.group(1), "\x00"), want)


def _like(pattern: str, value: str, *, fold: bool = False) -> bool:
    return _compiled(pattern, fold).fullmatch(value) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str, fold: bool) -> re.Pattern[str]:
    for name, stand_in in VARIABLES.items():
        pattern = pattern.replace("${" + name + "}", stand_in)
    parts = [".*" if c == "*" else "." if c == "?" else re.escape(_ORIGINAL.get(c, c)) for c in pattern]
    return re.compile("".join(parts), re.DOTALL | (re.IGNORECASE if fold else 0))


def _equals(want: str, value: str) -> bool:
    return want == value


def _folded(want: str, value: str) -> bool:
    return want.lower() == value.lower()


def _above(want: str, value: str) -> bool:
    return float(value) > float(want)


def _below(want: str, value: str) -> bool:
    return float(value) < float(want)


_ORIGINAL = {stand_in: name for name, stand_in in VARIABLES.items()}
OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": _equals,
    "StringNotEquals": _equals,
    "StringEqualsIgnoreCase": _folded,
    "StringNotEqualsIgnoreCase": _folded,
    "StringLike": _like,
    "StringNotLike": _like,
    "ArnEquals": _like,
    "ArnLike": _like,
    "ArnNotEquals": _like,
    "ArnNotLike": _like,
    "Bool": _folded,
    "Null": _equals,
    "NumericGreaterThan": _above,
    "NumericLessThan": _below,
    "IpAddress": _equals,
}


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else [value]
