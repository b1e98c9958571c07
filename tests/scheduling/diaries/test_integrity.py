"""Every kind of damage to the diaries is found and said, and pages can be written anew."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from clinic.models import ResourceSkill
from clinic.time.cells import CELLS_A_DAY, EMPTY_DAY, day_of
from scheduling.booking.book_course import book_course
from scheduling.booking.holds import release_hold
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.diaries.integrity import flaws, rebuild_pages
from scheduling.models import Claim, Hold, Page, Session, SessionStatus
from scheduling.search.propose import Asked, propose
from tests.support.acts.holds import a_hold
from tests.support.builders import a_clinic, a_patient, a_skill
from tests.support.cast import NOW
from tests.support.database.soundness import assert_diaries_are_sound
from tests.support.worlds import World, a_course_world, a_plan

pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

TEN_O_CLOCK = datetime(2027, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    """A clinic with a course, an SVF session and a consultation in its diaries."""
    world = a_course_world()
    for protocol, sessions in (("prp-mesotherapy", 4), ("svf-combination", 1)):
        patient = a_patient(clinic=world.clinic)
        plan = a_plan(world=world, patient=patient, protocol=protocol, sessions=sessions)
        offer = propose(plan=plan, asked=Asked(), now=NOW).proposals[0]
        book_course(plan=plan, proposal=offer, by=world.reception, now=NOW)
    session = SingleSession(world.patient, world.session_types["consultation"], TEN_O_CLOCK)
    book_session(wanted=session, by=world.reception, now=NOW)
    return world


@pytest.fixture
def without_no_overlap(db):
    """The constraint away, as after a restore by hand."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE scheduling_claim DROP CONSTRAINT claim_no_overlap")
        else:
            cursor.execute("DROP TRIGGER claim_no_overlap_insert")
            cursor.execute("DROP TRIGGER claim_no_overlap_update")


def the_session() -> Session:
    return Session.objects.get(plan=None)


def a_busy_page() -> Page:
    return Page.objects.exclude(busy=EMPTY_DAY).order_by("pk")[0]


def said() -> str:
    return "\n".join(flaws())


def test_a_booked_clinic_is_sound(world):
    assert_diaries_are_sound()
    assert Claim.objects.count() > 20


def test_a_page_that_shows_too_much_or_too_little_is_found(world):
    page = a_busy_page()
    busy = int.from_bytes(page.busy, "little")
    free_bit = next(bit for bit in range(CELLS_A_DAY) if not busy >> bit & 1)
    page.busy = (busy & busy - 1 | 1 << free_bit).to_bytes(36, "little")
    page.save()

    assert said().endswith("shows 1 cells that nobody claims and lacks 1 that are claimed.")


def test_a_page_of_the_wrong_length_is_found(world):
    Page.objects.filter(pk=a_busy_page().pk).update(busy=b"")

    assert "is 0 bytes long" in said()


def test_a_missing_page_is_found(world):
    page = a_busy_page()
    page.delete()

    assert f"of diary {page.diary_id} is missing" in said()


def test_an_empty_page_that_nobody_needs_is_no_flaw(world):
    diary = world.patient.diary
    Page.objects.create(clinic=world.clinic, diary=diary, day=0)

    assert_diaries_are_sound()


def test_a_claim_that_is_gone_is_missed_by_its_session_and_its_page(world):
    claim = the_session().claims.get(need__role="doctor")
    claim.delete()

    assert f"Session {the_session().uuid} lacks a claim on diary {claim.diary_id} as doctor" in said()
    assert "shows 6 cells that nobody claims" in said()


def test_a_claim_too_many_is_found(world):
    claim = the_session().claims.get(need__role="doctor")
    stranger = world.assistants[0].diary
    Claim.objects.create(
        clinic=world.clinic,
        diary=stranger,
        session=the_session(),
        start_cell=claim.start_cell,
        end_cell=claim.end_cell,
    )
    rebuild_pages()

    [flaw] = flaws()
    assert f"has a claim too many on diary {stranger.pk} as patient" in flaw


def test_a_patient_held_for_another_time_than_the_session_is_found(world):
    claim = the_session().claims.get(need=None)
    Claim.objects.filter(pk=claim.pk).update(end_cell=claim.end_cell + 1)
    rebuild_pages()

    lacking, surplus = flaws()
    assert "lacks a claim" in lacking
    assert "claim too many" in surplus


@pytest.mark.parametrize("status", [SessionStatus.CANCELLED, SessionStatus.MISSED])
def test_a_claim_of_a_session_that_holds_no_time_is_found(world, status):
    Session.objects.filter(pk=the_session().pk).update(status=status)

    found = list(flaws())

    assert len(found) == 3
    assert all(f"which is {status} and holds no time" in flaw for flaw in found)


def test_claims_that_overlap_are_found_where_the_database_did_not_refuse_them(without_no_overlap, world):
    claim = the_session().claims.get(need__role="doctor")
    Claim.objects.create(
        clinic=world.clinic,
        diary=claim.diary,
        session=claim.session,
        start_cell=claim.start_cell + 1,
        end_cell=claim.end_cell,
    )

    assert f"of diary {claim.diary_id} overlap at 2027-01-05 09:05 UTC" in said()


def test_a_session_that_points_at_another_clinics_patient_is_found(world):
    stranger = a_patient(clinic=a_clinic())
    Session.objects.filter(plan__protocol__key="svf-combination", status="due").update(patient=stranger)

    assert said().count("points at the patient of another clinic") == 2


def test_a_resource_with_another_clinics_skill_is_found(world):
    skill = a_skill(clinic=a_clinic(), key="doctor")
    ResourceSkill.objects.filter(resource=world.doctors[0]).update(skill=skill)

    assert "points at the skill of another clinic" in said()


def test_rebuilding_writes_every_page_anew_from_claims(world):
    before = {(page.diary_id, page.day): bytes(page.busy) for page in Page.objects.exclude(busy=EMPTY_DAY)}
    lost, spoilt, *_ = Page.objects.exclude(busy=EMPTY_DAY)
    lost.delete()
    Page.objects.filter(pk=spoilt.pk).update(busy=b"\xff" * 36)
    Page.objects.create(clinic=world.clinic, diary=world.patient.diary, day=1, busy=b"\x01" * 36)

    rebuild_pages()

    assert_diaries_are_sound()
    after = {(page.diary_id, page.day): bytes(page.busy) for page in Page.objects.exclude(busy=EMPTY_DAY)}
    assert after == before


def test_rebuilding_keeps_a_claim_that_runs_past_midnight_utc(world):
    session = the_session()
    end_of_day = (day_of(session.claims.all()[0].start_cell) + 1) * CELLS_A_DAY
    Claim.objects.create(
        clinic=world.clinic,
        diary=world.assistants[0].diary,
        session=session,
        start_cell=end_of_day - 2,
        end_cell=end_of_day + 3,
    )

    rebuild_pages()

    pages = Page.objects.filter(diary=world.assistants[0].diary, day__gte=end_of_day // CELLS_A_DAY - 1)
    evening, night = (int.from_bytes(page.busy, "little") for page in pages.order_by("day")[:2])
    assert evening >> CELLS_A_DAY - 2 == 0b11
    assert night == 0b111


def test_the_command_says_that_all_is_well(world):
    out = StringIO()

    call_command("check_diary", stdout=out)

    assert out.getvalue().startswith(f"Sound: {Claim.objects.count()} claims")


def test_the_command_says_each_flaw_on_a_line_and_fails(world):
    a_busy_page().delete()
    out, err = StringIO(), StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("check_diary", stdout=out, stderr=err)

    assert ended.value.code == 1
    assert len(out.getvalue().splitlines()) == 1
    assert "1 flaw found." in err.getvalue()


def test_the_command_rebuilds_and_is_content(world):
    a_busy_page().delete()
    out = StringIO()

    call_command("check_diary", rebuild=True, stdout=out)

    assert "pages written anew from claims" in out.getvalue()
    assert "Sound: " in out.getvalue()


def test_held_time_is_proven_like_booked_time(world):
    hold = a_hold(world=world)
    first, *_ = hold.sessions.all()
    assert_diaries_are_sound()

    Claim.objects.filter(session=first, need=None).delete()

    assert f"Session {first.uuid} lacks a claim on diary {world.patient.diary_id} as patient" in said()


def test_a_session_kept_by_a_hold_that_is_over_is_found(world):
    hold = a_hold(world=world)

    Hold.objects.update(released_at=NOW)

    assert f"is held by hold {hold.uuid}, which is over." in said()
    assert len(said().splitlines()) == 4


def test_a_hold_that_holds_nothing_is_found(world):
    hold = a_hold(world=world)
    release_hold(hold=hold, by=world.reception, now=NOW)

    Hold.objects.update(released_at=None)

    assert said() == f"Hold {hold.uuid} stands and holds nothing."
