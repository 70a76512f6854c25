"""`python -m localstore`: a strict S3 server on loopback, in memory, for demonstrations and tests."""

import argparse

from localstore.server import LocalStore
from localstore.world import QUIRKS, World


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(prog="localstore", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--access-key", default="local")
    parser.add_argument("--secret-key", default="local")
    parser.add_argument("--account", default="111111111111", help="the account that the key pair belongs to")
    parser.add_argument("--quirk", action="append", default=[], choices=sorted(QUIRKS), help="a promise to break")
    chosen = parser.parse_args()
    world = World(quirks=frozenset(chosen.quirk))
    world.add_account(chosen.account, chosen.access_key, chosen.secret_key)
    server = LocalStore(world, chosen.port)
    print(f"localstore on {server.url}", flush=True)  # noqa: T201 - this is a command
    server.serve_forever()


if __name__ == "__main__":
    main()
