"""Whether a process is ready to work: each part that it needs, with what is wrong with it."""

from collections.abc import Callable, Mapping

from sqlalchemy import text

from scanner.adapters.sql import Database
from scanner.bootstrap import House, broker_url, eviction_policy
from scanner.errors import AupError, StoreError

GOOD = "ok"


def readiness(house: House) -> Mapping[str, str]:
    """The database (at our schema), Redis and the rulebook: "ok", or what is wrong."""
    return {
        "database": _asked(lambda: database_ready(house.database)),
        "redis": _asked(lambda: redis_ready(broker_url(house.settings))),
        "rulebook": _asked(lambda: rulebook_ready(house)),
    }


def database_ready(database: Database) -> str:
    """The database answers and has the schema that this software wants."""
    with database.reading() as connection:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    wanted = database.newest_revision()
    return GOOD if found == wanted else f"its schema is {found}, this software wants {wanted}"


def redis_ready(url: str) -> str:
    """Redis answers and drops no messages."""
    policy = eviction_policy(url)
    return GOOD if policy == "noeviction" else f"maxmemory-policy is {policy}: messages would be dropped"


def rulebook_ready(house: House) -> str:
    """A rulebook is in force. A newer one that is refused is no reason to stop: the last good one goes on."""
    digest, trouble = house.rules.current().digest, house.rules.trouble
    if not digest:
        raise StoreError("no rulebook is in force", where="rules_dir", mend="run `aup rules check`")
    return GOOD if not trouble else f"{GOOD}, but the newer one is refused: {trouble}"[:300]


def _asked(question: Callable[[], str]) -> str:
    try:
        return question()
    except AupError as error:
        return error.what[:300]
