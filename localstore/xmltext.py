"""XML in and out, and the small texts of S3: times, ETags, tag sets, ACLs."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import parse_qsl
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from localstore.values import ALL_USERS, AUTHENTICATED, Answer, Grant, RefusalError

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\r\n\t]")
MAX_TAGS = 10
WEB = "http://www.w3.org/2001/XMLSchema-instance"


def text(value: object) -> str:
    """A value as XML text; control characters as references, as S3 writes them."""
    return CONTROL.sub(lambda hit: f"&#x{ord(hit.group()):x};", escape(str(value)))


def tag(name: str, value: object) -> str:
    """One element."""
    return f"<{name}>{text(value)}</{name}>"


def document(root: str, inner: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An XML answer."""
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">{inner}</{root}>'
    return Answer(status, body.encode("utf-8", "surrogatepass"), headers or {})


def parsed(body: bytes, root: str) -> ElementTree.Element:
    """The request's XML without namespaces; 400 if it is not that document."""
    try:
        tree = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise RefusalError(400, "MalformedXML", "The XML you provided was not well-formed.") from error
    for element in tree.iter():
        element.tag = element.tag.rpartition("}")[2]
    if tree.tag != root:
        raise RefusalError(400, "MalformedXML", f"Expected {root}.")
    return tree


def iso(moment: datetime) -> str:
    """A time as S3 writes it in XML."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def read_tags(body: bytes) -> dict[str, str]:
    """A tag set out of XML."""
    pairs = [(t.findtext("Key", ""), t.findtext("Value", "")) for t in parsed(body, "Tagging").iter("Tag")]
    return checked_tags(pairs)


def header_tags(value: str) -> dict[str, str]:
    """A tag set out of `x-amz-tagging`."""
    return checked_tags(parse_qsl(value, keep_blank_values=True))


def checked_tags(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The tags; 400 for too many, too long or twice the same."""
    listed = list(pairs)
    tags = dict(listed)
    if len(listed) > MAX_TAGS:
        raise RefusalError(400, "BadRequest", "Object tags cannot be greater than 10")
    if len(tags) != len(listed):
        raise RefusalError(400, "InvalidTag", "Cannot provide multiple Tags with the same key")
    if any(not 1 <= len(name) <= 128 or len(value) > 256 for name, value in listed):
        raise RefusalError(400, "InvalidTag", "The TagKey or TagValue you have provided is invalid")
    return tags


def tag_set(tags: Mapping[str, str]) -> str:
    """A tag set as XML."""
    return "<TagSet>" + "".join(f"<Tag>{tag('Key', k)}{tag('Value', v)}</Tag>" for k, v in tags.items()) + "</TagSet>"


def read_acl(body: bytes) -> tuple[Grant, ...]:
    """The grants of an AccessControlPolicy document."""
    grants = []
    for element in parsed(body, "AccessControlPolicy").iter("Grant"):
        grantee = element.find("Grantee")
        name = "" if grantee is None else grantee.findtext("URI") or grantee.findtext("ID") or ""
        if not name:
            raise RefusalError(400, "MalformedACLError", "The XML you provided was not well-formed")
        grants.append(Grant(name, element.findtext("Permission", "")))
    return tuple(grants)


def acl_document(owner: str, grants: Iterable[Grant]) -> Answer:
    """An ACL as XML."""
    lines = "".join(_grant(grant) for grant in grants)
    who = f"<Owner>{tag('ID', owner)}{tag('DisplayName', owner)}</Owner>"
    return document("AccessControlPolicy", f"{who}<AccessControlList>{lines}</AccessControlList>")


def _grant(grant: Grant) -> str:
    group = grant.grantee in (ALL_USERS, AUTHENTICATED)
    kind, inner = ("Group", tag("URI", grant.grantee)) if group else ("CanonicalUser", tag("ID", grant.grantee))
    grantee = f'<Grantee xmlns:xsi="{WEB}" xsi:type="{kind}">{inner}</Grantee>'
    return f"<Grant>{grantee}{tag('Permission', grant.permission)}</Grant>"
