"""Whether a process is ready to work: each part that it needs, with what is wrong with it."""

import logging
from collections.abc import Callable, Mapping

from sqlalchemy import text

from scanner.adapters.sql import Database
from scanner.bootstrap import House, broker_url, eviction_policy
from scanner.errors import AupError, StoreError

GOOD = "ok"
log = logging.getLogger("aup.ready")


def readiness(house: House) -> Mapping[str, str]:
    """The database (at our schema), Redis and the rulebook: "ok", or what is wrong, in our own words.

    Anybody may ask: what drivers say of hosts, logins and paths goes to the log alone.
    """
    return {
        "database": _asked("the database does not answer", lambda: database_ready(house.database)),
        "redis": _asked("Redis does not answer", lambda: redis_ready(broker_url(house.settings))),
        "rulebook": _asked("no rulebook is in force", lambda: rulebook_ready(house)),
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
    if trouble:
        log.warning("%s", trouble)
    return GOOD if not trouble else f"{GOOD}, but the newer one is refused: see the log, or `aup rules check`"


def _asked(failed: str, question: Callable[[], str]) -> str:
    try:
        return question()
    except AupError as error:
        log.warning("not ready: %s", error)
        return f"{failed}: see the log"
