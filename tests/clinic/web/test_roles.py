"""Who may do what: each role and each scope at every door there is."""

import pytest
from django.test import Client
from django.urls import reverse

from clinic.access.members import change_role, remove_member
from clinic.errors import NotAllowed
from clinic.identity.actors import Role, Scope
from clinic.identity.permissions import ROLES, SCOPES, Act
from clinic.models import AuditEntry, Membership
from clinic.people.care import take_into_care
from tests.support.builders import a_clinic, a_key, a_practitioner, a_user, an_actor, an_owner
from tests.support.cast import NOW
from tests.support.desk import Desk
from tests.support.matrix.doors import OPEN, Door, address, doors, is_own_account, needs, paths
from tests.support.matrix.rows import Rows, rows_of_a_clinic
from tests.support.rest import RestClient
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db

# Pages that only take what a form on another page sends.
ONLY_POST = {
    "absence-enter",
    "act-send-now",
    "act-undo",
    "closure-end",
    "desk-pin",
    "desk-revoke",
    "desk-trust",
    "hold-book",
    "hold-release",
    "invitation-revoke",
    "key-revoke",
    "key-rotate",
    "leave-end",
    "leave-grant",
    "leave-swap",
    "member-remove",
    "offer-accept",
    "offer-decline",
    "patients-found",
    "plan-resume",
    "phone-begin",
    "phone-reached",
    "told",
    "session-arrive",
    "session-confirm",
    "session-give-time",
    "session-miss",
    "session-start",
    "session-undo",
    "skill-retire",
    "wait-first",
    "wait-leave",
    "wait-offer",
    "word-not-mine",
    "word-right",
    "feed-revoke",
    "feed-rotate",
}
# Whoever undoes an act may do it: that of these rows is a booking.
ASKS_AGAIN = {"api-act-undo": Act.BOOK, "api-act-send-now": Act.BOOK}
# Pages about the clinic's own rows, whoever's patients they are: what is shown of sessions is fenced there.
OF_NO_PATIENT = {"closure", "leave", "leave-swap"}
# Who was named answers, whoever treats the patient.
OF_WHO_WAS_NAMED = {"word-not-mine", "word-right"}
# A practitioner has feeds of their own diary alone; these rows' is a patient's.
OF_THEIR_DIARY = {"feed-revoke", "feed-rotate"}


@pytest.fixture
def rows() -> Rows:
    return rows_of_a_clinic()


def desk_as(role: Role, rows: Rows) -> Desk:
    """One with that role at the screen; a practitioner is the patient's own."""
    own = rows.world.doctors[0] if role is Role.PRACTITIONER else None
    if own is not None:
        take_into_care(patient=rows.patient, practitioner_ids=[own.pk], now=NOW)
    return Desk(a_user(clinic=rows.world.clinic, role=role, practitioner=own))


def knock(desk: Desk, door: Door, rows: Rows) -> int:
    url = address(door, rows)
    return (desk.get(url) if door.method == "GET" else desk.post(url, {})).status


def test_every_path_says_what_it_needs_or_why_it_is_open():
    said = {name for name, pattern in paths() if needs(pattern.callback) or is_own_account(pattern.callback)}

    assert {name for name, _ in paths()} - said == set(OPEN)


def test_pages_about_ones_own_account_open_to_nobody_who_is_not_signed_in(rows):
    own = {name: pattern.pattern.converters for name, pattern in paths() if is_own_account(pattern.callback)}
    words = {"pk": 1, "token": "x"}

    urls = [reverse(name, kwargs={key: words[key] for key in takes}) for name, takes in own.items()]
    answers = [answer for url in urls for answer in (Desk().get(url), Desk().post(url))]

    assert len(own) > 15
    assert {answer.location.partition("?")[0] for answer in answers if answer.status != 405} == {"/sign-in/"}


@pytest.mark.slow
@pytest.mark.parametrize("role", Role)
def test_a_page_opens_to_the_roles_that_may_and_to_no_other(role, rows):
    desk = desk_as(role, rows)

    opened = {str(door): knock(desk, door, rows) not in (403, 405) for door in doors() if door.is_page}

    allowed = {str(door) for door in doors() if door.is_page and door.act in ROLES[role]}
    assert {door for door, is_open in opened.items() if is_open} <= allowed
    assert {f"GET {door.name}" for door in doors() if str(door) in allowed} <= {
        door for door, is_open in opened.items() if is_open
    } | {f"GET {name}" for name in ONLY_POST}


@pytest.mark.parametrize("scope", Scope)
def test_an_endpoint_opens_to_the_scopes_that_may_and_to_no_other(scope, rows):
    rest = RestClient(a_key(clinic=rows.world.clinic, scopes=[scope])[1])

    def is_refused(door: Door) -> bool:
        url = address(door, rows)
        answer = rest.ask(door.method, url, {})
        return answer.status == 403 and answer.code == "scope_missing"

    refused = {str(door) for door in doors() if not door.is_page and is_refused(door)}

    wanted = {door: ASKS_AGAIN.get(door.name, door.act) for door in doors() if not door.is_page}
    assert refused == {str(door) for door, act in wanted.items() if act not in SCOPES[scope]}


@pytest.mark.reads_clock
def test_a_signed_in_person_without_a_key_is_not_let_into_the_interface(rows):
    browser = Client()
    browser.force_login(a_user(clinic=rows.world.clinic, role=Role.OWNER))

    answers = [browser.generic(door.method, address(door, rows)) for door in doors() if not door.is_page]

    assert {answer.status_code for answer in answers} == {401}


def test_what_may_not_be_done_is_not_offered():
    rows = rows_of_a_clinic()

    page = desk_as(Role.AUDITOR, rows).get("/")

    assert page.status == 403
    assert "Patients" not in page.text
    assert "Marit" not in page.html


def test_a_changed_role_bites_on_the_next_request(rows):
    desk = desk_as(Role.RECEPTIONIST, rows)
    member = Membership.objects.get(user=desk.user)
    assert desk.get("/patients/").status == 200

    change_role(member=member, role=Role.AUDITOR, practitioner=None, by=rows.world.owner, now=NOW)

    assert desk.get("/patients/").status == 403


def test_who_is_removed_is_out_at_the_next_request(rows):
    a_user(clinic=rows.world.clinic, role=Role.OWNER)
    desk = desk_as(Role.RECEPTIONIST, rows)

    remove_member(member=Membership.objects.get(user=desk.user), by=rows.world.owner, now=NOW)

    assert desk.get("/patients/").status == 403
    assert "no clinic yet" in desk.get("/patients/").text


@pytest.mark.slow
def test_a_practitioner_sees_the_patients_in_their_care_and_nobody_else(rows):
    colleague = a_practitioner(clinic=rows.world.clinic, name="Dr Vos")
    desk = Desk(a_user(clinic=rows.world.clinic, role=Role.PRACTITIONER, practitioner=colleague))
    open_to_them = [door for door in doors() if door.is_page and door.act in ROLES[Role.PRACTITIONER]]
    ways = [
        (desk.post if door.name in ONLY_POST else desk.get, address(door, rows))
        for door in open_to_them
        if door.takes and door.name not in OF_NO_PATIENT | OF_WHO_WAS_NAMED | OF_THEIR_DIARY
    ]

    before = [ask(url) for ask, url in ways]
    found_before = desk.get("/patients/").text
    take_into_care(patient=rows.patient, practitioner_ids=[colleague.pk], now=NOW)
    after = [ask(url) for ask, url in ways]

    assert {page.status for page in before} == {404}
    assert "de Vries" not in found_before + "".join(page.html for page in before)
    assert 404 not in {page.status for page in after}
    assert "de Vries" in desk.get("/patients/").text


def test_a_practitioner_whose_diary_nobody_named_sees_no_patient(rows):
    desk = Desk(a_user(clinic=rows.world.clinic, role=Role.PRACTITIONER, practitioner=rows.world.doctors[1]))
    Membership.objects.filter(user=desk.user).update(practitioner=None)

    page = desk.get("/patients/")

    assert page.status == 200
    assert "de Vries" not in page.html


def test_booking_a_course_takes_the_patient_into_the_care_of_all_who_serve():
    rows = rows_of_a_clinic()

    carers = set(rows.patient.care.values_list("practitioner__name", flat=True))

    served = {part["name"] for session in rows.plan.sessions.all() for part in session.cast
              if part["kind"] == "practitioner"}  # fmt: skip
    assert carers == served | {"Dr Osei"}


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMINISTRATOR])
def test_only_an_owner_makes_or_changes_an_owner(role):
    world = a_course_world()
    boss = Membership.objects.get(user=a_user(clinic=world.clinic, role=Role.OWNER))
    a_user(clinic=world.clinic, role=Role.OWNER)
    clerk = Membership.objects.get(user=a_user(clinic=world.clinic))
    by = an_actor(clinic=world.clinic, role=role)

    def codes() -> list[str]:
        found = []
        for member, becomes in ((clerk, Role.OWNER), (boss, Role.RECEPTIONIST)):
            try:
                change_role(member=member, role=becomes, practitioner=None, by=by, now=NOW)
            except NotAllowed as refused:
                found.append(refused.code)
        return found

    assert codes() == ([] if role is Role.OWNER else ["owners_only", "owners_only"])


def test_a_clinic_keeps_its_last_owner():
    clinic = a_clinic()
    only = Membership.objects.get(user=a_user(clinic=clinic, role=Role.OWNER))

    for act in (
        lambda: remove_member(member=only, by=an_owner(clinic=clinic), now=NOW),
        lambda: change_role(
            member=only, role=Role.RECEPTIONIST, practitioner=None, by=an_owner(clinic=clinic), now=NOW
        ),
    ):
        with pytest.raises(Exception) as refused:
            act()
        assert getattr(refused.value, "code", "") == "last_owner"

    assert Membership.objects.get(pk=only.pk).role == Role.OWNER


def test_a_change_of_role_is_in_the_trail_with_what_it_was_before():
    clinic = a_clinic()
    clerk = Membership.objects.get(user=a_user(clinic=clinic))

    change_role(member=clerk, role=Role.AUDITOR, practitioner=None, by=an_owner(clinic=clinic), now=NOW)

    entry = AuditEntry.objects.get(act="changed_role")
    assert (entry.about, entry.fields) == (clerk.user.uuid, ["practitioner", "role"])
