"""Noticing: a statement of reasons for every restriction, delivered until it is taken; then the cool-off begins."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from scanner.domain.audit import AuditEntry
from scanner.domain.canonical import canonical
from scanner.domain.cases import Case
from scanner.domain.changes import Change
from scanner.domain.content import Subject
from scanner.domain.enforcement.course import Course, advance
from scanner.domain.enforcement.facts import Facts
from scanner.domain.enforcement.notices import (
    Automation,
    Delivery,
    Notice,
    Source,
    Withholding,
    missing,
    put_off,
    replayed,
    sent,
    transparency,
    withhold,
)
from scanner.domain.enforcement.orders import covers
from scanner.domain.enforcement.places import bucket_of, is_object, is_wide, measure_word
from scanner.domain.enforcement.stages import Stage, Step
from scanner.errors import AupError, ConflictError, TransitionError
from scanner.ports import Casebook, Clock, Register, Rules
from scanner.ports_enforcement import Courses, Post, Postman, Rights
from scanner.render.notices import statement_text, statement_title
from scanner.services.guarding import in_order

MACHINE = "noticing"
SOURCES = {"scan": Source.OWN, "usage": Source.OWN, "report": Source.REPORT, "order": Source.ORDER}
NOTICED = (Stage.SUSPENDED, Stage.SUSPENDED_UNVERIFIED)
Texts = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Noticing:
    """Writes and delivers notices. `territory` is where restrictions hold; `appeal_url` has `{id}` for the notice's."""

    courses: Courses
    rights: Rights
    casebook: Casebook
    register: Register
    rules: Rules
    postman: Postman
    clock: Clock
    appeal_url: str
    territory: tuple[str, ...] = ("CN",)

    def write(self, limit: int = 200) -> list[Notice]:
        """A notice for each suspended course that has none yet, so many at once; kept before anything is sent.

        Those whose notice nobody takes, or that is withheld, keep nobody else from theirs.
        """
        written, after = list[Notice](), ""
        while len(written) < limit and (page := self.courses.in_stages(NOTICED, limit, after)):
            after = page[-1].id
            written += [notice for course in page if (notice := self._written(course)) is not None]
        return written

    def _written(self, course: Course) -> Notice | None:
        """The course's notice, if it had none for this restriction."""
        known = {notice.applied_at for notice in self.rights.notices_of(course.id)}
        if course.filed_at in known or not course.grounds:
            return None
        notice = self._confidential(self._notice(course, self.casebook.case(course.grounds[0])), course)
        if notice is None:
            return None
        entry = AuditEntry(self.clock.now(), MACHINE, "notice-written", notice.id, "a restriction was applied")
        try:
            self.register.commit(Change(notices=(notice,), audit=(entry,)))
        except ConflictError:
            return None  # another worker has written it
        return notice

    def send(self, limit: int = 200) -> list[Notice]:
        """Deliver what is due; a notice that is taken moves its course on, one that is not is tried again."""
        done: list[Notice] = []
        for notice in self.rights.due_notices(self.clock.now(), limit):
            try:
                done.append(self._send(notice))
            except ConflictError:
                continue  # another worker has it, or its course moved on: it is due again, under the same id
        return done

    def renew(self, course_id: str, person: str, reason: str, days: int) -> Course:
        """A person prolongs a restriction, and its owner is told until when it lasts by now: one transaction.

        TransitionError without a reason, or for one that does not stand.
        """
        course = self.courses.course(course_id)
        if course is None or not course.is_suspended or not person.strip() or not reason.strip() or days < 1:
            mend = "name a suspended course, a person, a reason and days"
            raise TransitionError("cannot be renewed", where=course_id, mend=mend)
        now = self.clock.now()
        longer = replace(course, ends_at=now + timedelta(days=days), revision=course.revision + 1)
        told, facts = self._told_again(longer), {"days": str(days)}
        entries = [AuditEntry(now, person, "course-renewed", course_id, reason, facts)]
        entries += [AuditEntry(now, person, "notice-written", one.id, "the restriction was renewed") for one in told]
        self.register.commit(Change(courses=(longer,), notices=told, audit=tuple(entries)))
        return longer

    def _told_again(self, course: Course) -> tuple[Notice, ...]:
        """The notice that says the new end: the one that is still to be sent, or another after the last that was.

        None where the restriction has no notice yet: its first will say it.
        """
        known = [one for one in self.rights.notices_of(course.id) if one.applied_at == course.filed_at]
        if not known:
            return ()
        if known[0].state in (Delivery.PENDING, Delivery.WITHHELD):
            return (replace(known[0], ends_at=course.ends_at, revision=known[0].revision + 1),)
        fresh = self._notice(course, self.casebook.case(course.grounds[0]), again=len(known))
        told = self._confidential(fresh, course)
        return (told,) if told else ()

    def replay(self, notice_id: str, actor: str) -> Notice:
        """Bring a notice back that gave up, after its mend; TransitionError unless it did."""
        notice, now = self.rights.notice(notice_id), self.clock.now()
        again = replayed(notice, now)
        entry = AuditEntry(now, actor, "notice-replayed", notice_id, "by hand", {"outcome": notice.outcome})
        self.register.commit(Change(notices=(again,), audit=(entry,)))
        return again

    def withhold(self, notice_id: str, by: str, second: str, reason: str, days: int) -> Notice:
        """Keep a notice back for a time: two people, a reason, an end; audited."""
        now = self.clock.now()
        kept = withhold(self.rights.notice(notice_id), Withholding(by, second, reason, now + timedelta(days=days)), now)
        entry = AuditEntry(now, by, "notice-withheld", notice_id, reason, {"second": second, "days": str(days)})
        self.register.commit(Change(notices=(kept,), audit=(entry,)))
        return kept

    def _send(self, notice: Notice) -> Notice:
        now, gaps = self.clock.now(), missing(notice)
        if gaps:
            return self._kept(put_off(notice, f"G10 it lacks {', '.join(gaps)}", now), "notice-incomplete")
        try:
            taken = sent(notice, self.postman.deliver(_post(notice)))
        except AupError as error:
            return self._kept(put_off(notice, str(error), now), "notice-not-taken")
        course = self.courses.course(notice.course)
        moved, entries = self._noticed(course, taken) if course else (None, ())
        entry = AuditEntry(now, MACHINE, "notice-sent", notice.id, taken.outcome, {"course": notice.course})
        changed = (moved,) if moved else ()
        self.register.commit(Change(notices=(taken,), courses=changed, audit=(*entries, entry)))
        return taken

    def _noticed(self, course: Course, notice: Notice) -> tuple[Course | None, Sequence[AuditEntry]]:
        """The course's cool-off begins with the notice; a course that moved on meanwhile stays where it is."""
        facts = Facts(self.clock.now(), MACHINE, False, "the notice was taken", f"{notice.id}:notice", missing=())
        try:
            moved, entry = advance(course, Step.NOTICE, in_order(facts, course))
        except TransitionError:
            return None, ()
        return moved, (entry,)

    def _confidential(self, notice: Notice, course: Course) -> Notice | None:
        """Kept back from its owner as long as an order says for which two people stand.

        Where they do not, nothing is written before that day: neither is the secret told, nor goes anything on (G10).
        """
        now = self.clock.now()
        for order in self.rights.orders(now) if notice.source is Source.ORDER else []:
            until = order.confidential_until
            if until is not None and until > now and covers(order, course.subject, now):
                kept = Withholding(order.filed_by, order.second, f"order {order.reference}", until)
                return replace(withhold(notice, kept, now), revision=1) if kept.stands(now) else None
        return notice

    def _kept(self, notice: Notice, verb: str) -> Notice:
        entry = AuditEntry(self.clock.now(), MACHINE, verb, notice.id, notice.outcome, {"state": notice.state})
        self.register.commit(Change(notices=(notice,), audit=(entry,)))
        return notice

    def _notice(self, course: Course, case: Case, again: int = 0) -> Notice:
        clause = self.rules.current().agreement.clauses.get(case.clause)
        rule = self.rules.current().rule(case.rule)
        what_en = rule.description if rule else case.rule
        facts_zh, facts_en = _facts(case, (rule and rule.description_zh) or what_en, what_en)
        return Notice(
            id=notice_id(course, again),
            course=course.id,
            case=case.id,
            account=course.subject.account,
            measure=measure_word(course.subject),
            clause=case.clause,
            clause_zh=clause.zh if clause else "",
            clause_en=clause.en if clause else "",
            facts_zh=facts_zh,
            facts_en=facts_en,
            scope=_scope(course.subject),
            territory=self.territory,
            applied_at=course.filed_at,
            ends_at=course.ends_at,
            detected_by_machine=case.source in ("scan", "usage"),
            automation=Automation.FULL if course.trail.by_machine else Automation.PART,
            source=SOURCES.get(case.source, Source.REPORT),
            appeal_link=self.appeal_url.replace("{id}", notice_id(course, again)),
            content_at=course.subject.modified,
            due_at=self.clock.now(),
        )


def notice_id(course: Course, again: int = 0) -> str:
    """One notice per restriction: a course filed again gets another, as does one that was renewed (`again` times)."""
    stamp = course.filed_at.strftime("%y%m%d%H%M%S") if course.filed_at else ""
    return f"N{course.id[1:13]}{stamp}" + (f".{again:02}" if again else "")


def _scope(subject: Subject) -> str:
    """What is restricted, for people."""
    if is_wide(subject):
        return f"s3://{bucket_of(subject)}/{subject.key}"
    return subject.url if is_object(subject) else subject.bucket


def _facts(case: Case, what_zh: str, what_en: str) -> Texts:
    """What was found, or who asked for it, without the content itself."""
    place, digest, grade = case.subject.url, case.sha256, case.severity.name
    if case.source == "order":
        return (
            f"{place} 的内容（SHA-256 {digest}）属于主管机关命令的范围：{case.summary}。",
            f"The content of {place} (SHA-256 {digest}) is in the scope of an authority's order: {case.summary}.",
        )
    if case.source == "report":
        return (
            f"有人举报 {place} 的内容（SHA-256 {digest}），经人工审核确认。举报类别：{case.rule}。严重程度：{grade}。",
            f"The content of {place} (SHA-256 {digest}) was reported to us, and a person confirmed it."
            f" Kind of report: {case.rule}. Severity: {grade}.",
        )
    return (
        f"{place} 的内容（SHA-256 {digest}）触发规则 {case.rule}：{what_zh}。严重程度：{grade}。",
        f"The content of {place} (SHA-256 {digest}) was found by the rule {case.rule}: {what_en}. Severity: {grade}.",
    )


def _post(notice: Notice) -> Post:
    text = statement_text(notice)
    document = canonical({"id": notice.id, "text": text, "transparency": transparency(notice)})
    return Post(notice.id, notice.account, statement_title(notice), text, document)
