"""The catalogue says what the clinic's own patient page says, number for number."""

import pytest

from clinic.models import Clinic, Skill
from tests.support.builders import a_clinic
from tests.support.cast import NOW
from treatments.catalogue_files.load import load_catalogue
from treatments.models import Protocol, SessionType

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Clinic:
    clinic = a_clinic()
    load_catalogue(clinic=clinic, now=NOW)
    return clinic


def stages_of(clinic: Clinic, key: str) -> dict[str, tuple[int, int, set[str]]]:
    """Stage key → its minutes and its roles."""
    session_type = SessionType.objects.get(clinic=clinic, key=key, is_current=True)
    return {
        stage.key: (stage.starts_minute, stage.ends_minute, {need.role for need in stage.needs.all()})
        for stage in session_type.stages.prefetch_related("needs")
    }


def steps_of(clinic: Clinic, key: str) -> list[dict[str, object]]:
    """What each step says, without what is zero or left at the usual."""
    steps = Protocol.objects.get(clinic=clinic, key=key, is_current=True).steps.order_by("position")
    return [
        {
            column: value
            for column, value in row.items()
            if value and column not in ("id", "clinic_id", "protocol_id", "position", "session_type_id")
        }
        for row in steps.values()
    ]


def test_the_clinic_offers_four_protocols(clinic):
    keys = Protocol.objects.filter(clinic=clinic, is_current=True).values_list("key", flat=True)

    assert set(keys) == {"prp-mesotherapy", "prp", "mesotherapy", "svf-combination"}


def test_stem_cells_alone_have_no_protocol(clinic):
    assert not Protocol.objects.filter(clinic=clinic, name__icontains="stem").exists()


@pytest.mark.parametrize("key", ["prp-mesotherapy", "prp", "mesotherapy"])
def test_a_course_without_stem_cells_is_four_to_six_sessions_two_weeks_apart(clinic, key):
    protocol = Protocol.objects.get(clinic=clinic, key=key)

    assert (protocol.min_sessions, protocol.max_sessions) == (4, 6)
    assert not protocol.asks_harvest_site
    assert steps_of(clinic, key) == [
        {"kind": "treatment", "booking": "with_course", "anchor": "start", "later_days": 42},
        {
            "kind": "treatment",
            "booking": "with_course",
            "anchor": "previous",
            "repeats": True,
            "interval_days": 14,
            "earlier_days": 3,
            "later_days": 4,
        },
    ]


def test_the_svf_combination_is_one_session_with_two_reviews_when_due(clinic):
    protocol = Protocol.objects.get(clinic=clinic, key="svf-combination")
    review = {"kind": "review", "booking": "when_due", "anchor": "first"}

    assert (protocol.min_sessions, protocol.max_sessions) == (1, 1)
    assert protocol.asks_harvest_site
    assert steps_of(clinic, "svf-combination") == [
        {"kind": "treatment", "booking": "with_course", "anchor": "start", "later_days": 42},
        {**review, "interval_months": 1, "earlier_days": 3, "later_days": 4},
        {**review, "interval_months": 7, "earlier_months": 1, "later_months": 1},
    ]


@pytest.mark.parametrize("key", ["prp-mesotherapy", "prp"])
def test_prp_is_prepared_for_fifteen_minutes_and_injected_for_ten(clinic, key):
    assert stages_of(clinic, key) == {
        "preparation": (0, 15, {"assistant", "centrifuge", "draw-chair"}),
        "injection": (15, 25, {"doctor", "treatment-room"}),
        "turnover": (25, 30, {"treatment-room"}),
    }
    assert SessionType.objects.get(clinic=clinic, key=key).patient_minutes == 25


def test_mesotherapy_alone_takes_ten_minutes_without_preparation(clinic):
    assert stages_of(clinic, "mesotherapy") == {
        "injection": (0, 10, {"doctor", "treatment-room"}),
        "turnover": (10, 15, {"treatment-room"}),
    }
    assert SessionType.objects.get(clinic=clinic, key="mesotherapy").patient_minutes == 10


def test_the_svf_combination_holds_the_procedure_room_throughout(clinic):
    assert stages_of(clinic, "svf-combination") == {
        "harvest": (0, 45, {"doctor", "assistant", "procedure-room"}),
        "processing": (45, 105, {"assistant", "centrifuge", "procedure-room"}),
        "prp-preparation": (45, 60, {"prp-assistant", "prp-centrifuge"}),
        "injection": (105, 135, {"doctor", "procedure-room"}),
        "turnover": (135, 150, {"procedure-room"}),
    }
    assert SessionType.objects.get(clinic=clinic, key="svf-combination").patient_minutes == 135


def test_prp_beside_svf_processing_is_made_by_people_and_devices_of_the_same_pools(clinic):
    session_type = SessionType.objects.get(clinic=clinic, key="svf-combination")

    skills = {need.role: need.skill.key for stage in session_type.stages.all() for need in stage.needs.all()}

    assert skills["prp-assistant"] == skills["assistant"] == "assistant"
    assert skills["prp-centrifuge"] == skills["centrifuge"] == "centrifuge"


@pytest.mark.parametrize(("key", "minutes"), [("consultation", 30), ("review", 15)])
def test_a_consultation_and_a_review_need_a_doctor_and_a_room(clinic, key, minutes):
    assert stages_of(clinic, key) == {key: (0, minutes, {"doctor", "treatment-room"})}
    assert SessionType.objects.get(clinic=clinic, key=key).patient_minutes == minutes


def test_every_need_asks_for_the_kind_its_skill_has(clinic):
    kinds = {
        need.skill.key: need.kind
        for session_type in SessionType.objects.filter(clinic=clinic)
        for stage in session_type.stages.all()
        for need in stage.needs.all()
    }

    assert kinds == {
        "doctor": "practitioner",
        "assistant": "practitioner",
        "treatment-room": "room",
        "draw-chair": "room",
        "procedure-room": "room",
        "centrifuge": "device",
    }
    assert set(Skill.objects.filter(clinic=clinic).values_list("key", flat=True)) == set(kinds)


def test_every_entry_says_what_of_it_is_a_default(clinic):
    for kind in (SessionType, Protocol):
        for entry in kind.objects.filter(clinic=clinic):
            assert entry.defaults, entry
            assert all(sentence.endswith(".") for sentence in entry.defaults)


def test_what_the_page_says_is_not_called_a_default(clinic):
    course = Protocol.objects.get(clinic=clinic, key="prp-mesotherapy")
    session_type = SessionType.objects.get(clinic=clinic, key="prp-mesotherapy")

    said = " ".join([*course.defaults, *session_type.defaults])

    assert "4 to 6" not in said
    assert "15" not in said
    assert "10 minutes" not in said


def test_no_entry_promises_a_result(clinic):
    texts = [
        *Protocol.objects.filter(clinic=clinic).values_list("description", flat=True),
        *(" ".join(entry.defaults) for entry in Protocol.objects.filter(clinic=clinic)),
    ]

    assert not [text for text in texts for word in ("permanent", "cure", "guarantee") if word in text.lower()]
