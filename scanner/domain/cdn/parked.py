"""Parked domains: a stand-in page says nothing of what a domain is for. It is scanned like any other; never clean."""

from scanner.domain.cdn.fetching import Page
from scanner.domain.cdn.urls import read_url
from scanner.domain.coverage import Gap, Reason

LOOKED_AT = 4 * 1024  # bytes of a page's beginning: stand-in pages say there what they are
SHORT = 16 * 1024  # bytes up to which a sentence is a page's message; in a longer one it may be an article's
SERVICES = frozenset(
    {"sedoparking.com", "sedo.com", "parkingcrew.net", "bodis.com", "above.com", "parklogic.com", "dan.com"}
    | {"afternic.com", "hugedomains.com", "undeveloped.com", "domainmarket.com", "buydomains.com", "domcop.com"}
    | {"forsale.godaddy.com", "parkingpage.namecheap.com", "park.io", "skenzo.com", "rookmedia.net", "uniregistry.com"}
    | {"mi.aliyun.com", "ename.com", "4.cn", "juming.com", "22.cn"}
)
_PARK = b"park"  # is in most marks: one look for it spares eight
_PARKS = (
    b"sedoparking.com",
    b"parkingcrew.net",
    b"parklogic.com",
    b"window.park=",
    b"window.park =",
    b"/parking-lander/",
    b"parkingpage.namecheap.com",
)
_OTHERS = (
    b"data-adblockkey=",
    b"bodis.com/",
    b"LANDER_SYSTEM",
    b"hugedomains.com/domain_profile",
    b"cdn.dan.com/",
    b"mi.aliyun.com/detail",
)
_SENTENCES = tuple(
    sentence.encode()
    for sentence in (
        "this domain is parked",
        "domain is parked free",
        "this domain is for sale",
        "this domain may be for sale",
        "domain name is for sale",
        "buy this domain",
        "this domain has expired",
        "the domain has expired",
        "domain parking page",
        "该域名正在出售",
        "该域名可转让",
        "此域名出售",
        "本域名出售",
        "域名转让中",
        "该域名已过期",
        "域名已过期",
        "域名停放",
    )
)


def parked(page: Page, text: bytes) -> tuple[Gap, ...]:
    """The gap of a stand-in page, or none. `text` is the beginning of its body, decoded from its transfer coding."""
    why = _why(page, text)
    return (Gap(Reason.PARKED, "", why),) if why else ()


def _why(page: Page, text: bytes) -> str:
    if len(page.hops) > 1:
        host = read_url(page.url).host
        service = next((name for name in SERVICES if host == name or host.endswith("." + name)), "")
        if service and service not in read_url(page.asked.url).host:
            return f"it leads to {service}, where domains are parked"
    if not _is_html(page, text):
        return ""
    head = text[:LOOKED_AT]
    marks = (*_PARKS, *_OTHERS) if _PARK in head else _OTHERS
    mark = next((each for each in marks if each in head), b"")
    if mark:
        return f"a stand-in page: {mark.decode().strip('/=')}"
    folded = head.lower() if len(text) <= SHORT else b""
    speaks = b"domain" in folded or "域名".encode() in folded
    sentence = next((each for each in _SENTENCES if each in folded), b"") if speaks else b""
    return f"a stand-in page: {sentence.decode()!r}" if sentence else ""


def _is_html(page: Page, text: bytes) -> bool:
    declared = page.headers.get("content-type", "")
    return "html" in declared or (not declared and text[:256].lstrip()[:1] == b"<")
