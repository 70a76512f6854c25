"""A Redis list of notifications (MinIO's `access` format): taken under a lease, forgotten only when settled.

One script moves elements from the list into a hash beside it, with the time until which they are ours; a crashed
reader's elements are handed out again after that time. The moves are atomic: an element is always in one of the two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import redis

from scanner.domain.deliveries import LETTER_BYTES, Delivery
from scanner.errors import StoreError

TAKE = """
local now = redis.call('TIME')[1] + 0
local most, lease, limit = ARGV[1] + 0, ARGV[2] + 0, ARGV[3] + 0
local ids = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, most)
while #ids < most do
  local body = redis.call('LPOP', KEYS[1])
  if not body then break end
  local id = tostring(redis.call('INCR', KEYS[4]))
  redis.call('HSET', KEYS[2], id, body)
  ids[#ids + 1] = id
end
local found = {}
for _, id in ipairs(ids) do
  redis.call('ZADD', KEYS[3], now + lease, id)
  local body = redis.call('HGET', KEYS[2], id) or ''
  local size = #body
  if size > limit then body = string.sub(body, 1, ARGV[4] + 0) end
  found[#found + 1] = {id, size, body}
end
return found
"""
SETTLE = """
for _, id in ipairs(ARGV) do
  redis.call('HDEL', KEYS[1], id)
  redis.call('ZREM', KEYS[2], id)
end
return #ARGV
"""


@dataclass(frozen=True, slots=True)
class RedisSource:
    """One list. `lease`: seconds until what was taken and not settled is handed out again."""

    client: Any
    key: str
    lease: int = 120
    max_bytes: int = 8 * 1024 * 1024

    @property
    def name(self) -> str:
        """Where messages come from."""
        return f"redis:{self.key}"

    def receive(self, limit: int) -> list[Delivery]:
        """The next elements, those of crashed readers first; of an oversized one only the head is read."""
        keys = (self.key, self._held, self._leases, f"{self.key}:aup-count")
        rows = self._run(TAKE, keys, (limit, self.lease, self.max_bytes, LETTER_BYTES))
        return [Delivery(receipt.decode(), body, int(size)) for receipt, size, body in rows]

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Forget them."""
        if deliveries:
            self._run(SETTLE, (self._held, self._leases), tuple(one.receipt for one in deliveries))

    @property
    def _held(self) -> str:
        return f"{self.key}:aup-held"

    @property
    def _leases(self) -> str:
        return f"{self.key}:aup-leases"

    def _run(self, script: str, keys: Sequence[str], values: Sequence[object]) -> Any:
        try:
            return self.client.eval(script, len(keys), *keys, *values)
        except redis.RedisError as error:
            what = f"the list cannot be read: {type(error).__name__} {error}"
            mend = "check redis_events_url; the key must be a list"
            raise StoreError(what, where=self.name, mend=mend) from error


def redis_events_client(url: str) -> Any:
    """A client that gives up after five seconds."""
    plain = url.replace("redis+socket://", "unix://")
    return redis.Redis.from_url(plain, socket_timeout=5, socket_connect_timeout=5)
