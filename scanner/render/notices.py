"""A statement of reasons as people read it: Chinese first, then English, from the one record."""

from scanner.domain.enforcement.notices import Notice

MEASURES_ZH = {"suspend": "暂停访问", "throttle": "限速", "delete": "删除"}
MEASURES_EN = {"suspend": "access suspended", "throttle": "throttled", "delete": "deleted"}


def statement_title(notice: Notice) -> str:
    """One line for a subject field; control characters of a customer's key never reach a header."""
    return "".join(letter if letter.isprintable() else " " for letter in f"§{notice.clause} {notice.scope}")[:200]


def statement_text(notice: Notice) -> str:
    """The whole statement: ground, facts, measure and scope, until when, how it was found, how to appeal."""
    until = notice.ends_at.date().isoformat() if notice.ends_at else "-"
    since = notice.applied_at.isoformat(timespec="minutes") if notice.applied_at else "-"
    territory = ", ".join(notice.territory)
    machine = notice.detected_by_machine
    return (
        f"处理依据：§{notice.clause} {notice.clause_zh}\n"
        f"事实：{notice.facts_zh}\n"
        f"措施：{MEASURES_ZH.get(notice.measure, notice.measure)}；范围：{notice.scope}；地域：{territory}\n"
        f"自 {since} 起，至 {until} 止\n"
        f"发现方式：{'自动检测' if machine else '人工或举报'}；决定方式：{notice.automation.value}\n"
        f"申诉：{notice.appeal_link}\n"
        f"编号：{notice.id}\n\n"
        f"Ground: §{notice.clause} {notice.clause_en}\n"
        f"Facts: {notice.facts_en}\n"
        f"Measure: {MEASURES_EN.get(notice.measure, notice.measure)}; scope: {notice.scope}; territory: {territory}\n"
        f"From {since} until {until}\n"
        f"Detected {'automatically' if machine else 'by a person or a report'}; decision: {notice.automation.value}\n"
        f"Appeal: {notice.appeal_link}\n"
        f"Reference: {notice.id}\n"
    )
