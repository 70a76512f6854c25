"""What a customer and a reviewer are told of an incident: the figures, in Chinese and English."""

from scanner.domain.usage.incidents import Incident, legs
from scanner.domain.usage.legs import Fact
from scanner.domain.usage.resources import HARMS, shown
from scanner.domain.usage.thresholds import Kind, Leg, Ruling

_DONE_ZH = {
    Ruling.THROTTLE: "我们已将该资源限制到您购买的额度。限制是可逆的，用量恢复正常后自动解除。",
    Ruling.PROPOSE: "我们已将该资源限制到您购买的额度，并提请人工审核是否暂停服务。",
    Ruling.ATTACK: "我们检测到正在进行的对外攻击流量，已立即限制出站流量，一小时内将有人工复核。",
}
_DONE_EN = {
    Ruling.THROTTLE: "The resource is throttled to what you bought. It ends by itself when use is normal again.",
    Ruling.PROPOSE: "The resource was throttled to what you bought; a person decides whether the service is suspended.",
    Ruling.ATTACK: "Attack traffic was going out: it was throttled at once, and a person looks at it within the hour.",
}
_APPEAL_ZH, _APPEAL_EN = "如有异议，请回复本通知申诉。", "You may appeal by answering this notice."
_LEG_ZH = {Leg.HEAVY: "大量占用", Leg.CAUSE: "与所购服务无关的程序", Leg.HARM: "影响其他用户"}


def figures(incident: Incident) -> tuple[str, ...]:
    """One line for each fact: used, bought, usual; then the causes."""
    lines = [_figure(fact) for fact in incident.facts if not fact.shadow]
    return (*lines, *(f"{cause.kind}: {cause.name} {cause.detail}".rstrip() for cause in incident.causes))


def summary(incident: Incident) -> str:
    """One line for the review queue."""
    proposal = " - suspension proposed" if incident.ruling is Ruling.PROPOSE else ""
    confirmed = ", confirmed over hours" if incident.is_confirmed else ""
    words = "+".join(leg for leg, there in legs(incident).items() if there) or "nothing"
    return f"{words}{confirmed}{proposal}: {'; '.join(figures(incident)[:3])}"[:400]


def notice_zh(incident: Incident) -> str:
    """The statement of reasons in Chinese."""
    found = "、".join(_LEG_ZH[leg] for leg, there in legs(incident).items() if there)
    since = f"{incident.started:%Y-%m-%d %H:%M} UTC"
    head = f"依据《用户服务协议》第 {incident.clause} 条：账户 {incident.account} 自 {since} 起{found}。"
    return "\n".join(
        [head, *figures(incident), _DONE_ZH.get(incident.ruling, ""), "本决定由自动检测作出。", _APPEAL_ZH]
    )


def notice_en(incident: Incident) -> str:
    """The statement of reasons in English."""
    found = ", ".join(leg.value for leg, there in legs(incident).items() if there)
    since = f"{incident.started:%Y-%m-%d %H:%M} UTC"
    head = f"Clause {incident.clause} of the agreement: account {incident.account} since {since}: {found}."
    done = _DONE_EN.get(incident.ruling, "")
    return "\n".join([head, *figures(incident), done, "This was detected and decided automatically.", _APPEAL_EN])


def _figure(fact: Fact) -> str:
    peak, limit = shown(fact.resource, fact.peak * fact.entitled), shown(fact.resource, fact.entitled)
    word = "tolerable" if fact.resource in HARMS else "bought"
    usual = f", usual {shown(fact.resource, fact.usual * fact.entitled)}" if fact.usual else ", usual unknown"
    over = " (confirmed over hours)" if fact.kind is Kind.BURN else ""
    return f"{fact.resource}: up to {peak}, {word} {limit}{usual}{over}, since {fact.since:%H:%M}"
