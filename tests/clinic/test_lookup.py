"""What is foreign is as unknown as what never was."""

from uuid import uuid4

import pytest

from clinic.errors import Unknown
from clinic.lookup import find, refuse_foreign
from clinic.models import Patient
from clinic.sentences import verbatim
from tests.support.builders import a_clinic, a_patient, a_site, an_owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours():
    return a_clinic()


@pytest.fixture
def theirs():
    return a_clinic()


def test_rows_of_ones_own_clinic_pass(ours):
    patient, site, owner = a_patient(clinic=ours), a_site(clinic=ours), an_owner(clinic=ours)

    refuse_foreign(by=owner, unknown_patient=patient, unknown_site=site)


def test_what_nobody_named_passes(ours):
    refuse_foreign(by=an_owner(clinic=ours), unknown_patient=a_patient(clinic=ours), unknown_site=None)


def test_another_clinics_row_is_unknown(ours, theirs):
    owner, patient, site = an_owner(clinic=ours), a_patient(clinic=ours), a_site(clinic=theirs)

    with pytest.raises(Unknown) as refused:
        refuse_foreign(by=owner, unknown_patient=patient, unknown_site=site)

    assert (refused.value.code, refused.value.sentence) == (
        "unknown_site",
        "There is no such site in this clinic.",
    )


def test_of_two_foreign_rows_the_first_is_told(ours, theirs):
    owner, patient, site = an_owner(clinic=ours), a_patient(clinic=theirs), a_site(clinic=theirs)

    with pytest.raises(Unknown) as refused:
        refuse_foreign(by=owner, unknown_site=site, unknown_patient=patient)

    assert refused.value.code == "unknown_site"


def test_a_code_of_two_words_is_told_in_two_words(ours, theirs):
    owner, site = an_owner(clinic=ours), a_site(clinic=theirs)

    with pytest.raises(Unknown, match="There is no such session type in this clinic."):
        refuse_foreign(by=owner, unknown_session_type=site)


def test_a_foreign_row_may_be_told_in_other_words(ours, theirs):
    owner, patient = an_owner(clinic=ours), a_patient(clinic=theirs)

    with pytest.raises(Unknown, match="Nobody waits here.") as refused:
        refuse_foreign(by=owner, unknown_wait=patient, sentence=verbatim("Nobody waits here."))

    assert refused.value.code == "unknown_wait"


def test_a_foreign_row_in_hand_is_refused_as_an_id_that_never_was(ours, theirs):
    owner, patient = an_owner(clinic=ours), a_patient(clinic=theirs)

    with pytest.raises(Unknown) as by_id:
        find(Patient.objects.seen_by(owner), uuid=uuid4())
    with pytest.raises(Unknown) as in_hand:
        refuse_foreign(by=owner, unknown_patient=patient)

    assert in_hand.value == by_id.value
