"""Which network addresses a fetch may connect to. Everything that is not plainly the public Internet is denied.

`ipaddress.is_global` is not enough: it is true for 64:ff9b::a9fe:a9fe (NAT64 to the metadata service) and for
2002:a9fe:a9fe:: (6to4 to it). So IPv4 is unwrapped from every IPv6 form that carries it, and ranges are denied by name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from scanner.errors import SettingsError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_DENIED_V4 = tuple(
    (IPv4Network(block), why)
    for block, why in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier's own"),  # 100.100.100.200 is a cloud's metadata service
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local and metadata"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"),  # 192.0.0.192 is a cloud's metadata service
        ("192.0.2.0/24", "documentation"),
        ("192.31.196.0/24", "AS112"),
        ("192.52.193.0/24", "AMT"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "AS112"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved and broadcast"),
        ("168.63.129.16/32", "a cloud's own service"),
    )
)
_GLOBAL_V6 = IPv6Network("2000::/3")
_DENIED_V6 = tuple(
    (IPv6Network(block), why)
    for block, why in (
        ("2001::/23", "protocol assignments and Teredo"),
        ("2001:db8::/32", "documentation"),
        ("3fff::/20", "documentation"),
        ("2620:4f:8000::/48", "AS112"),
    )
)
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_SIX_TO_FOUR = IPv6Network("2002::/16")
_TEREDO = IPv6Network("2001::/32")
_LAST_32 = (1 << 32) - 1
_ISATAP = (0x00005EFE, 0x02005EFE)  # bits 64 to 95 of an address that carries IPv4 behind them


@dataclass(frozen=True, slots=True)
class Allowed:
    """Denied addresses that an operator lets through all the same, each for one port or all (0).

    It comes from settings alone: nothing in a URL, a redirect or a DNS answer can add to it.
    """

    entries: tuple[tuple[Network, int], ...] = ()

    @staticmethod
    def of(texts: Iterable[str]) -> "Allowed":
        """From `network` or `network#port`; SettingsError names the one that is neither."""
        found: list[tuple[Network, int]] = []
        for text in texts:
            network, _, port = text.partition("#")
            try:
                found.append((ip_network(network.strip()), int(port) if port else 0))
            except ValueError as error:
                mend = "write 10.1.0.0/16 or 127.0.0.1#8080"
                raise SettingsError(f"is no network: {error}", where=f"fetch_allow {text!r}", mend=mend) from error
        return Allowed(tuple(found))

    def has(self, address: Address, port: int) -> bool:
        """Whether an operator lets this address and port through."""
        return any(
            only in (0, port) and address.version == network.version and address in network
            for network, only in self.entries
        )


NOBODY = Allowed()


def denied(text: str, port: int, allowed: Allowed = NOBODY) -> str:
    """Why an address (as text, from a resolver) may not be connected to; "" if it may."""
    try:
        address = ip_address(text)
    except ValueError:
        return "is no address"
    if allowed.has(address, port):
        return ""
    if isinstance(address, IPv4Address):
        return _denied_v4(address)
    return _denied_v6(address)


def carried(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """Every IPv4 address that an IPv6 address carries in one of the known ways."""
    value, found = int(address), list[int]()
    if value >> 32 in (0, 0xFFFF, 0xFFFF << 16) or any(address in network for network in _NAT64):
        found.append(value & _LAST_32)
    if address in _SIX_TO_FOUR:
        found.append((value >> 80) & _LAST_32)
    if address in _TEREDO:
        found += [(value >> 64) & _LAST_32, ~value & _LAST_32]
    if (value >> 32) & _LAST_32 in _ISATAP:
        found.append(value & _LAST_32)
    return tuple(IPv4Address(number) for number in found)


def _denied_v4(address: IPv4Address) -> str:
    return next((f"{address} is {why}" for network, why in _DENIED_V4 if address in network), "")


def _denied_v6(address: IPv6Address) -> str:
    if address.scope_id:
        return f"{address} names an interface"
    for inner in carried(address):
        if why := _denied_v4(inner):
            return f"{address} carries {why}"
    if address in _SIX_TO_FOUR or address not in _GLOBAL_V6:
        return f"{address} is no public IPv6 address"
    return next((f"{address} is {why}" for network, why in _DENIED_V6 if address in network), "")
