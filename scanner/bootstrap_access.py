"""Which adapter serves which port of signing in."""

from dataclasses import dataclass
from datetime import timedelta

from scanner.adapters.argon_secrets import load_secrets
from scanner.adapters.sql_access import SqlAccess
from scanner.adapters.sql_answers import SqlAnswers
from scanner.adapters.sql_desk import SqlDesk
from scanner.adapters.sql_hits import SqlHits
from scanner.adapters.sql_lists import SqlLists
from scanner.bootstrap import House
from scanner.services.accounts import Keeping, SigningIn
from scanner.services.accounts_tokens import Issuing


@dataclass(frozen=True, slots=True)
class AccessHouse:
    """Accounts, sessions and tokens; what the API lists, and the answers it keeps."""

    kept: SqlAccess
    keeping: Keeping
    signing_in: SigningIn
    issuing: Issuing
    answers: SqlAnswers
    hits: SqlHits
    lists: SqlLists
    queue: SqlDesk


def open_access(house: House) -> AccessHouse:
    """The services over one house."""
    settings, clock = house.settings, house.reviewing.clock
    kept, secrets = SqlAccess(house.database), load_secrets(settings.state / "keys")
    idle, whole = timedelta(seconds=settings.session_idle_seconds), timedelta(seconds=settings.session_seconds)
    return AccessHouse(
        kept,
        Keeping(kept, secrets, clock),
        SigningIn(kept, kept, kept, secrets, clock, idle, whole),
        Issuing(kept, clock),
        SqlAnswers(house.database),
        SqlHits(house.database),
        SqlLists(house.database),
        SqlDesk(house.database),
    )
