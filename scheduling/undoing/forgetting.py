"""Forgetting what stood before acts: it tells what was written down of a patient then."""

from collections.abc import Set as AbstractSet

from django.db.models import Q

from scheduling.courses.kept import Before
from scheduling.models import CourseAct


def forget_acts(*, patient_id: int, session_ids: AbstractSet[int], clinic_id: int) -> None:
    """Of every act on the patient or their sessions; from here on nobody undoes it.

    Their rows are locked. Leave is about nobody's course, and may have been in the way of theirs.
    """
    rows = CourseAct.objects.of_clinic(clinic_id)
    acts = rows.filter(Q(patient=patient_id) | Q(patient=None)).exclude(before={})
    named = [
        act.pk for act in acts if act.patient_id or session_ids & Before.from_json(act.before).session_keys
    ]
    rows.filter(pk__in=named).update(before={})
