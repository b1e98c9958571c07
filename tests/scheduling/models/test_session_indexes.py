"""Questions about one plan or patient are answered from theirs, however many sessions the clinic has."""

from datetime import date

import pytest

from scheduling.models import Session
from scheduling.models.sessions import SCHEDULED

pytestmark = [pytest.mark.django_db, pytest.mark.only_on("sqlite")]

ON = date(2027, 1, 4)


@pytest.mark.parametrize(
    ("asked", "of"),
    [
        ({"plan_id": 3}, "plan_id=?"),
        ({"patient_id": 3, "status__in": SCHEDULED}, "patient_id=?"),
        ({"patient_id__in": [3], "status__in": SCHEDULED}, "patient_id=?"),
        ({"local_date": ON}, "clinic_id=? AND local_date=?"),
        ({"local_date__range": (ON, ON)}, "clinic_id=? AND local_date>? AND local_date<?"),
    ],
)
def test_a_question_reads_what_it_is_about_and_not_the_whole_clinic(asked, of):
    assert f"({of})" in Session.objects.of_clinic(1).filter(**asked).explain()
