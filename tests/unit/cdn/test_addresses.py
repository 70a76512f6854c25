"""Which addresses may be connected to."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.domain.cdn.addresses import Allowed, carried, denied
from scanner.errors import SettingsError

DENIED = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.192",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.255",
    "255.255.255.255",
    "240.0.0.1",
    "203.0.113.9",
    "168.63.129.16",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "::ffff:0:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "2002:a9fe:a9fe::",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "2600:1f00::5efe:7f00:1",
    "fe80::1%lo",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
]


@pytest.mark.parametrize("address", DENIED)
def test_an_internal_address_is_denied_in_every_form(address: str) -> None:
    assert denied(address, 80) != ""


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "223.5.5.5", "2606:4700:4700::1111", "2400:3200::1"])
def test_a_public_address_is_let_through(address: str) -> None:
    assert denied(address, 443) == ""


@given(st.sampled_from(["127.0.0.1", "10.9.8.7", "169.254.169.254", "192.168.0.9"]), st.integers(0, (1 << 64) - 1))
def test_internal_ipv4_is_seen_through_every_wrapping(inner: str, rest: int) -> None:
    four = int(IPv4Address(inner))
    forms = [0xFFFF << 32 | four, (0x64FF9B << 96) | four, (0x2002 << 112) | (four << 80) | (rest & 0xFFFF)]
    for form in forms:
        assert IPv4Address(inner) in carried(IPv6Address(form))
        assert denied(str(IPv6Address(form)), 80) != ""


def test_an_operator_lets_one_port_of_one_network_through() -> None:
    allowed = Allowed.of(["127.0.0.1#8080", "10.1.0.0/16"])
    assert denied("127.0.0.1", 8080, allowed) == ""
    assert denied("127.0.0.1", 8081, allowed) != ""
    assert denied("10.1.200.3", 22, allowed) == ""
    assert denied("::ffff:127.0.0.1", 8080, allowed) != ""


def test_what_is_no_network_is_refused_with_its_text() -> None:
    with pytest.raises(SettingsError, match=r"127\.0\.0\.300"):
        Allowed.of(["127.0.0.300"])


def test_what_is_no_address_is_denied() -> None:
    assert denied("localhost", 80) == "is no address"
