"""NoOverlap: the database itself refuses to hold a diary's time twice, on either engine."""

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F

from clinic.models import Diary
from clinic.time.cells import CELLS_A_DAY
from scheduling.models import Claim, NoOverlap, Session
from tests.support.cast import NOW
from tests.support.worlds import World, a_course_world

# Bare claims, without the booking that writes their pages.
pytestmark = pytest.mark.damages_diaries

NINE, TEN, ELEVEN = 6_000_000, 6_000_012, 6_000_024


@pytest.fixture
def world(db) -> World:
    return a_course_world()


@pytest.fixture
def session(world) -> Session:
    return Session.objects.create(
        clinic=world.clinic,
        patient=world.patient,
        session_type=world.session_types["consultation"],
        created_at=NOW,
        changed_at=NOW,
    )


@pytest.fixture
def diary(world):
    return world.doctors[0].diary


def a_claim(session: Session, diary: Diary, start: int, end: int) -> Claim:
    return Claim(clinic_id=session.clinic_id, diary=diary, session=session, start_cell=start, end_cell=end)


def is_refused(act) -> bool:
    """Whether the database itself says no."""
    try:
        with transaction.atomic():
            act()
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param(NINE, TEN, id="the same hour"),
        pytest.param(NINE + 3, TEN - 3, id="inside it"),
        pytest.param(NINE - 3, TEN + 3, id="around it"),
        pytest.param(NINE - 3, NINE + 1, id="into its beginning"),
        pytest.param(TEN - 1, TEN + 3, id="out of its end"),
        pytest.param(TEN - CELLS_A_DAY + 1, NINE + 1, id="from nearly a day before"),
    ],
)
def test_time_that_is_held_is_refused_to_another_claim(session, diary, start, end):
    a_claim(session, diary, NINE, TEN).save()

    assert is_refused(lambda: a_claim(session, diary, start, end).save())


def test_sessions_may_follow_each_other_back_to_back(session, diary):
    a_claim(session, diary, TEN, ELEVEN).save()

    a_claim(session, diary, NINE, TEN).save()
    a_claim(session, diary, ELEVEN, ELEVEN + 1).save()

    assert Claim.objects.count() == 3


def test_two_diaries_may_be_held_at_the_same_time(world, session):
    for doctor in world.doctors:
        a_claim(session, doctor.diary, NINE, TEN).save()

    assert Claim.objects.count() == 2


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param(TEN, NINE, id="reversed"),
        pytest.param(NINE, NINE, id="empty"),
        pytest.param(NINE, NINE + CELLS_A_DAY + 1, id="longer than a day"),
    ],
)
def test_a_stretch_that_is_none_is_refused(session, diary, start, end):
    assert is_refused(lambda: a_claim(session, diary, start, end).save())


def test_a_whole_day_may_be_held(session, diary):
    a_claim(session, diary, NINE, NINE + CELLS_A_DAY).save()

    assert is_refused(lambda: a_claim(session, diary, NINE + CELLS_A_DAY - 1, NINE + CELLS_A_DAY).save())


def test_a_claim_cannot_be_moved_onto_held_time(session, diary):
    a_claim(session, diary, NINE, TEN).save()
    later = a_claim(session, diary, TEN, ELEVEN)
    later.save()

    later.start_cell = TEN - 1

    assert is_refused(later.save)


def test_a_claim_cannot_be_moved_into_a_diary_that_is_held(world, session):
    mine, theirs = (a_claim(session, doctor.diary, NINE, TEN) for doctor in world.doctors)
    mine.save()
    theirs.save()

    theirs.diary = mine.diary

    assert is_refused(theirs.save)


def test_a_claim_may_be_moved_within_its_own_time(session, diary):
    claim = a_claim(session, diary, NINE, TEN)
    claim.save()

    claim.start_cell = NINE + 1
    claim.save()

    claim.refresh_from_db()
    assert (claim.start_cell, claim.end_cell) == (NINE + 1, TEN)


def test_many_claims_at_once_are_refused_for_one_that_overlaps(session, diary):
    claims = [a_claim(session, diary, NINE + n, NINE + n + 1) for n in range(12)]
    claims.append(a_claim(session, diary, TEN - 1, TEN + 1))

    assert is_refused(lambda: Claim.objects.bulk_create(claims))
    assert not Claim.objects.exists()


def test_a_bulk_update_is_refused_when_it_makes_an_overlap(session, diary):
    early, late = a_claim(session, diary, NINE, TEN), a_claim(session, diary, ELEVEN, ELEVEN + 1)
    Claim.objects.bulk_create([early, late])

    late.start_cell = TEN - 1

    assert is_refused(lambda: Claim.objects.bulk_update([late], ["start_cell"]))
    assert is_refused(lambda: Claim.objects.filter(pk=early.pk).update(end_cell=F("end_cell") + 13))


def test_time_is_free_again_when_its_claim_is_gone(session, diary):
    claim = a_claim(session, diary, NINE, TEN)
    claim.save()

    claim.delete()

    a_claim(session, diary, NINE, TEN).save()
    assert Claim.objects.count() == 1


def test_a_form_or_serializer_hears_of_an_overlap_before_the_database_does(session, diary):
    constraint = next(one for one in Claim._meta.constraints if isinstance(one, NoOverlap))
    a_claim(session, diary, NINE, TEN).save()
    free = a_claim(session, diary, TEN, ELEVEN)
    free.save()

    constraint.validate(Claim, free)
    with pytest.raises(ValidationError) as refused:
        constraint.validate(Claim, a_claim(session, diary, TEN - 1, TEN))

    assert refused.value.code == "time_taken"


def test_the_constraint_is_made_again_from_what_a_migration_wrote_of_it():
    constraint = next(one for one in Claim._meta.constraints if isinstance(one, NoOverlap))

    path, arguments, named = constraint.deconstruct()

    assert path == "scheduling.models.no_overlap.NoOverlap"
    assert NoOverlap(*arguments, **named) == constraint
    assert constraint.clone() == constraint


@pytest.mark.django_db(transaction=True)
def test_the_guarantee_survives_when_the_table_is_made_anew(session, diary):
    a_claim(session, diary, NINE, TEN).save()
    old = Claim._meta.get_field("asked_for")
    new = models.BooleanField(default=True)
    new.set_attributes_from_name("asked_for")
    new.model = Claim

    # On SQLite a changed column means a new table, and the triggers go with the old one.
    with connection.schema_editor() as editor:
        editor.alter_field(Claim, old, new)

    assert is_refused(lambda: a_claim(session, diary, TEN - 1, TEN + 1).save())
    Claim.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.alter_field(Claim, new, old)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_guarantee_comes_back_with_the_migrations(request):
    call_command("migrate", "scheduling", "zero", verbosity=0)
    assert "scheduling_claim" not in connection.introspection.table_names()

    call_command("migrate", verbosity=0)

    session = request.getfixturevalue("session")
    diary = session.patient.diary
    a_claim(session, diary, NINE, TEN).save()
    assert is_refused(lambda: a_claim(session, diary, NINE, TEN).save())
