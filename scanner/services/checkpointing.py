"""Checkpointing: the audit log's length, head and root are signed and put where its owner cannot write again."""

from collections.abc import Callable
from dataclasses import dataclass

from scanner.domain.audit import Chained
from scanner.domain.chain import Checkpoint, Tree, broken_links
from scanner.errors import TaintedError
from scanner.ports import Clock, Register
from scanner.ports_enforcement import Anchor, Authority

PAGE = 5_000
NAMED, POINT = "checkpoint-", ".json"
ANOTHER = "its first {} entries are not those that were signed"
CUT = "a checkpoint saw {} entries, {} are left"
MEND = "find out who changed it, or which backup was restored (docs/enforcement.md); nothing is signed over it"


@dataclass(frozen=True, slots=True)
class Checkpointing:
    """Signs checkpoints. `sign` makes the signed document; each goes to `kept` and to every anchor.

    `read` gives what such a document says, if we signed it: the log must still begin with what was signed before.
    With `authority` each is also stamped by another (RFC 3161), as soon as that one answers.
    """

    register: Register
    kept: Anchor
    anchors: tuple[Anchor, ...]
    sign: Callable[[Checkpoint], bytes]
    clock: Clock
    authority: Authority | None = None
    read: Callable[[bytes], Checkpoint] | None = None

    def take(self) -> Checkpoint | None:
        """Sign the log as it stands, if it grew; TaintedError if the log is broken: then nothing is signed over it.

        It is broken, too, where it is shorter than what was signed before, or not its continuation: somebody cut it or
        chained it anew, or an older backup of the database was restored.
        """
        tree, last, links, unlike = self._walked()
        if links or unlike:
            raise TaintedError([*links, *unlike][0], where="audit log", mend=MEND)
        if tree.size == 0 or self._name(tree.size) in self.kept.names():
            return None
        point = Checkpoint(tree.size, last, tree.root(), self.clock.now())
        document = self.sign(point)
        for place in (*self.anchors, self.kept):  # the far places first: what is kept here was anchored there
            place.put(self._name(point.size), document)
        return point

    def unlike(self) -> list[str]:
        """Where the log is not what was signed before; TaintedError for a checkpoint that we did not sign."""
        return self._walked()[3]

    def _walked(self) -> tuple[Tree, str, list[str], list[str]]:
        """The log's tree and head, its broken links, and where it is not what was signed before."""
        tree, last, links, unlike, seen = Tree(), "", list[str](), list[str](), self._seen()
        after = 0
        while rows := self.register.chain(after, PAGE):
            links += broken_links(rows, previous=last, number=after)
            for row in rows:
                tree.add(row.digest)
                before = [point for point in seen if point.size == tree.size]
                unlike += [ANOTHER.format(p.size) for p in before if (p.head, p.root) != (row.digest, tree.root())]
            after, last = rows[-1].number, rows[-1].digest
        return tree, last, links, unlike + [CUT.format(p.size, tree.size) for p in seen if p.size > tree.size]

    def _seen(self) -> list[Checkpoint]:
        """The newest checkpoint of every place."""
        if self.read is None:
            return []
        found = list[Checkpoint]()
        for place in (self.kept, *self.anchors):
            names = [name for name in place.names() if name.startswith(NAMED) and name.endswith(POINT)]
            found += [self.read(place.get(max(names)))] if names else []
        return found

    def stamp(self, limit: int = 20) -> int:
        """Have the checkpoints stamped that are not yet, the newest first; returns how many.

        EnforcementError if the authority does not answer: they are stamped later.
        """
        if self.authority is None:
            return 0
        names = self.kept.names()
        owed = [name for name in names if name.endswith(POINT) and _stamp_of(name) not in names]
        for name in owed[::-1][:limit]:
            answer = self.authority.stamp(self.kept.get(name))
            for place in (*self.anchors, self.kept):
                place.put(_stamp_of(name), answer)
        return min(len(owed), limit)

    def stamps(self) -> list[tuple[bytes, bytes]]:
        """Every stamped checkpoint with its timestamp."""
        names = self.kept.names()
        stamped = [name for name in names if name.endswith(POINT) and _stamp_of(name) in names]
        return [(self.kept.get(name), self.kept.get(_stamp_of(name))) for name in stamped]

    def log(self) -> list[Chained]:
        """The whole log, for an export or a check."""
        found: list[Chained] = []
        while rows := self.register.chain(len(found), PAGE):
            found += rows
        return found

    def documents(self) -> list[bytes]:
        """Every signed checkpoint, from here and from every anchor."""
        places = (self.kept, *self.anchors)
        return [place.get(name) for place in places for name in place.names() if name.endswith(POINT)]

    @staticmethod
    def _name(size: int) -> str:
        return f"{NAMED}{size:012}{POINT}"


def _stamp_of(name: str) -> str:
    return name.removesuffix(POINT) + ".tsr"
