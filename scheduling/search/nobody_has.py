"""Skills that protocols ask for and nobody has yet: no mistake, but nothing of them can be booked."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from clinic.identity.actors import Actor
from clinic.models import Resource, ResourceSkill, Skill
from treatments.models import Need, Protocol, Step


def skills_nobody_has(
    *, protocols: Sequence[Protocol], by: Actor, now: datetime
) -> Mapping[int, Sequence[Skill]]:
    """By the keys of the protocols, what no person, room or device of the kind asked for can serve for.

    Whoever is retired serves for nothing. Three queries.
    """
    steps = Step.objects.of_clinic(by.clinic_id).filter(protocol__in=protocols)
    of_type: defaultdict[int, set[int]] = defaultdict(set)
    for protocol_id, session_type_id in steps.values_list("protocol_id", "session_type_id"):
        of_type[session_type_id].add(protocol_id)
    here = Resource.objects.of_clinic(by.clinic_id).not_retired(now)
    had = ResourceSkill.objects.of_clinic(by.clinic_id).filter(resource__in=here)
    has = set(had.values_list("skill_id", "resource__kind"))
    needs = Need.objects.of_clinic(by.clinic_id).filter(stage__session_type__in=of_type)
    missing: defaultdict[int, dict[int, Skill]] = defaultdict(dict)
    for need in needs.select_related("skill", "stage").order_by("skill__name", "pk"):
        if (need.skill_id, need.kind) not in has:
            for protocol_id in of_type[need.stage.session_type_id]:
                missing[protocol_id][need.skill_id] = need.skill
    return {protocol_id: tuple(skills.values()) for protocol_id, skills in missing.items()}
