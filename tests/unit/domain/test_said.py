"""What is said remembers its code and values, and is plain English text to everybody else."""

import copy
import json
import pickle

from scanner.domain import messages
from scanner.domain.messages import HURDLE, NOT_OPENED, PROTECTED, VIEWS_FULL
from scanner.domain.said import Message, Said
from scanner.errors import TransitionError


def test_it_is_english_text_with_a_code_and_values() -> None:
    said = VIEWS_FULL(count=3)
    assert said == "there are 3 views already"
    assert (said.code, said.values, said.parts) == ("view.full", {"count": 3}, ())
    assert json.dumps(said) == '"there are 3 views already"'
    assert PROTECTED() == "the account is protected: a person decides"


def test_lists_are_joined_and_several_things_said_in_one_line() -> None:
    assert NOT_OPENED(names=["li", "wang"]) == "li, wang did not open the evidence"
    line = Said.together([HURDLE(guard="G9", why=PROTECTED()), "something else"])
    assert line == "G9 the account is protected: a person decides; something else"
    assert (line.code, len(line.parts), line.between) == ("", 2, "; ")


def test_it_survives_copies_pickles_and_errors() -> None:
    said = VIEWS_FULL(count=3)
    for other in (copy.deepcopy(said), pickle.loads(pickle.dumps(said))):
        assert (other, other.code, other.values) == (said, said.code, said.values)
    assert TransitionError(said, mend="m").what is said


def test_codes_are_told_apart() -> None:
    known = [one for one in vars(messages).values() if isinstance(one, Message)]
    assert len({one.code for one in known}) == len(known) > 100
    assert len({one.english for one in known}) == len(known)
