"""What callers send: bounded text without control bytes, ids, and the bodies that several routes share."""

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

PLAIN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$"
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9@._-]{1,64}$")]
Line = Annotated[str, Field(max_length=200, pattern=PLAIN)]
Reason = Annotated[str, Field(min_length=1, max_length=2_000, pattern=r"^[^\x00-\x1f]*[^\s\x00-\x1f][^\x00-\x1f]*$")]
Text = Annotated[str, Field(max_length=20_000, pattern=PLAIN)]


class Body(BaseModel):
    """Unknown fields are refused: a misspelt one would be silently lost."""

    model_config = ConfigDict(extra="forbid")


class Because(Body):
    """Why it is done; kept in the audit log."""

    reason: Reason
