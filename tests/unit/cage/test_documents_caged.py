"""What readers of documents need of the system they have before the walls stand."""

import pytest

from scanner.detection.cage.cage import Cage
from scanner.domain.content import Sample
from scanner.domain.limits import Limits
from tests.evasion import lies_mail, lies_pdf
from tests.evasion.marker import MARKER

OWNED = {name: data for name, data in lies_pdf.lies().items() if name.startswith("owner")}
CAGED = OWNED | {"UTF-7": lies_mail.lies()["UTF-7"], "signed, in pieces": lies_mail.lies()["signed, in pieces"]}


@pytest.mark.parametrize("name", CAGED)
def test_a_document_is_read_whole_behind_the_walls(name: str) -> None:
    cage = Cage(Limits())
    found = cage.unpack(Sample("object", CAGED[name]))
    cage.close()
    assert any(MARKER in view.data for view in found.views)
    assert found.gaps == ()


def test_an_encrypted_document_over_the_bound_of_one_member_is_a_gap() -> None:
    cage = Cage(Limits(member_bytes=300))
    found = cage.unpack(Sample("object", next(iter(OWNED.values()))))
    cage.close()
    assert found.gaps != ()
