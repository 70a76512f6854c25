"""Beats of several parts: what one part raises keeps no other from its turn."""

from collections.abc import Callable, Mapping

from scanner.errors import AupError


def each_in_turn(*parts: Callable[[], Mapping[str, int]]) -> dict[str, int]:
    """Do every part; counts by what was done. What any of them raised is raised when all had their turn."""
    done, troubles = dict[str, int](), list[AupError]()
    for part in parts:
        try:
            done |= part()
        except AupError as error:
            troubles.append(error)
    if len(troubles) > 1:
        raise AupError("; ".join(map(str, troubles)))
    if troubles:
        raise troubles[0]
    return done
