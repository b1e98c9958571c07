"""What can be prescribed, each as a choice with what it means."""

from dataclasses import dataclass

from scheduling.desk.search.prescription_form import PrescriptionFields, sessions_words
from treatments.cadence import TREATMENT
from treatments.models import Protocol, Step


@dataclass(frozen=True, slots=True)
class ProtocolCard:
    """One radio button with its words; `defaults` are ours and not the clinic's own page's."""

    uuid: str
    name: str
    description: str
    sessions: str
    rhythm: str
    min_sessions: int
    max_sessions: int
    asks_harvest_site: bool
    defaults: tuple[str, ...]
    is_chosen: bool


def protocol_cards(form: PrescriptionFields) -> list[ProtocolCard]:
    """No queries: the form's protocols come with their steps."""
    chosen = str(form["protocol"].value() or "")
    return [_card(protocol, chosen) for protocol in form.protocols.values()]


def _card(protocol: Protocol, chosen: str) -> ProtocolCard:
    return ProtocolCard(
        uuid=str(protocol.uuid),
        name=protocol.name,
        description=protocol.description,
        sessions=sessions_words(protocol),
        rhythm=_rhythm(protocol),
        min_sessions=protocol.min_sessions,
        max_sessions=protocol.max_sessions,
        asks_harvest_site=protocol.asks_harvest_site,
        defaults=tuple(protocol.defaults),
        is_chosen=str(protocol.uuid) == chosen,
    )


def _rhythm(protocol: Protocol) -> str:
    """“every 2 weeks”, where all steps after the first say the same."""
    steps = sorted(protocol.steps.all(), key=lambda step: step.position)
    later = [step for step in steps if step.kind == TREATMENT][1:]
    spans = {_span(step) for step in later}
    return f"every {spans.pop()}" if len(spans) == 1 else ""


def _span(step: Step) -> str:
    months, days = step.interval_months, step.interval_days
    if months:
        return (
            "month"
            if (months, days) == (1, 0)
            else f"{months} months" + (f" and {days} days" if days else "")
        )
    if days % 7 == 0:
        return "week" if days == 7 else f"{days // 7} weeks"
    return "day" if days == 1 else f"{days} days"
