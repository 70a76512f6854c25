"""What is measured of an account, of its host and of its neighbours, and in which units."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Resource(StrEnum):
    """Consumption of an account first, then signs of harm to others. The order is stored: append only."""

    CPU = "cpu"
    MEMORY = "memory"
    DISK = "disk"
    DISK_IO = "disk-io"
    BANDWIDTH_IN = "bandwidth-in"
    BANDWIDTH_OUT = "bandwidth-out"
    REQUESTS = "requests"
    CONNECTIONS = "connections"
    OBJECTS = "objects"
    STEAL = "steal"
    PRESSURE_CPU = "pressure-cpu"
    PRESSURE_MEMORY = "pressure-memory"
    PRESSURE_IO = "pressure-io"
    NEIGHBOUR_LATENCY = "neighbour-latency"
    LINK = "link"
    ERRORS = "errors"


RESOURCES: tuple[Resource, ...] = tuple(Resource)
NUMBER: Mapping[Resource, int] = MappingProxyType({resource: index for index, resource in enumerate(RESOURCES)})
HARMS = frozenset(RESOURCES[9:])

_BYTES = {"B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}
_BYTES |= {"KiB": 1024.0, "MiB": 1024.0**2, "GiB": 1024.0**3, "TiB": 1024.0**4}
_BITS = {"bit": 0.125, "kbit": 125.0, "Mbit": 125e3, "Gbit": 125e6}
_FLOW = {f"{unit}/s": factor for unit, factor in (_BYTES | _BITS).items()}
_SHARE = {"ratio": 1.0, "%": 0.01}
_TIME = {"s": 1.0, "ms": 0.001}

# canonical (factor 1): cores, bytes, bytes a second, requests a second, counts, shares of one, seconds
_GAUGES: Mapping[Resource, Mapping[str, float]] = {
    Resource.CPU: {"cores": 1.0, "millicores": 0.001},
    Resource.MEMORY: _BYTES,
    Resource.DISK: _BYTES,
    Resource.DISK_IO: _FLOW,
    Resource.BANDWIDTH_IN: _FLOW,
    Resource.BANDWIDTH_OUT: _FLOW,
    Resource.REQUESTS: {"1/s": 1.0, "1/min": 1 / 60},
    Resource.CONNECTIONS: {"1": 1.0},
    Resource.OBJECTS: {"1": 1.0},
    Resource.NEIGHBOUR_LATENCY: _TIME,
} | {harm: _SHARE for harm in HARMS if harm is not Resource.NEIGHBOUR_LATENCY}

_COUNTERS: Mapping[Resource, Mapping[str, float]] = {
    Resource.CPU: _TIME,
    Resource.DISK_IO: _BYTES | _BITS,
    Resource.BANDWIDTH_IN: _BYTES | _BITS,
    Resource.BANDWIDTH_OUT: _BYTES | _BITS,
    Resource.REQUESTS: {"1": 1.0},
    Resource.STEAL: _TIME,
    Resource.PRESSURE_CPU: _TIME,
    Resource.PRESSURE_MEMORY: _TIME,
    Resource.PRESSURE_IO: _TIME,
}


def units(resource: Resource, *, counter: bool = False) -> Mapping[str, float]:
    """The units a value of the resource may have, with their factor to the canonical one; empty: no such counter."""
    return (_COUNTERS if counter else _GAUGES).get(resource, {})


def only_unit(resource: Resource, *, counter: bool = False) -> str:
    """The unit of a resource that has but one; "" where a value without its unit would be a guess."""
    known = units(resource, counter=counter)
    return next(iter(known)) if len(known) == 1 else ""


def shown(resource: Resource, value: float) -> str:
    """A canonical value for people: `0.92 cores`, `11.5 MB/s`, `12 %`."""
    if resource in (Resource.MEMORY, Resource.DISK):
        return _scaled(value, "B")
    if resource in (Resource.DISK_IO, Resource.BANDWIDTH_IN, Resource.BANDWIDTH_OUT):
        return _scaled(value, "B/s")
    if resource in HARMS and resource is not Resource.NEIGHBOUR_LATENCY:
        return f"{value * 100:.3g} %"
    unit = next(iter(units(resource)))
    if unit == "1":
        return f"{value:,.0f}"
    return f"{value:.3g} {unit}"


def _scaled(value: float, unit: str) -> str:
    for prefix, size in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {prefix}{unit}"
    return f"{value:.3g} {unit}"
