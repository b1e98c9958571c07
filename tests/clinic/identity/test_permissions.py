"""The one table of permissions: what each role and each scope may do and set aside, and give away."""

from dataclasses import replace

import pytest

from clinic.errors import NotAllowed
from clinic.identity.actors import Actor, ActorKind, Role, Scope, Way
from clinic.identity.permissions import (
    EVERYTHING,
    ROLES,
    SCOPES,
    WAIVERS,
    WAIVES_AS,
    Act,
    may,
    may_give,
    may_waive,
    refuse_unless_may,
)
from tests.support.builders import a_clinic, an_actor

pytestmark = pytest.mark.django_db


def test_every_role_and_every_scope_stands_in_the_table():
    assert set(ROLES) == set(Role)
    assert set(SCOPES) == set(Scope)
    assert ROLES[Role.OWNER] == EVERYTHING


@pytest.mark.parametrize("act", Act)
def test_a_key_with_every_scope_does_nothing_but_what_scopes_name(act):
    key = Actor(1, ActorKind.KEY, "Website", Way.REST, scopes=frozenset(Scope))

    assert may(by=key, act=act) == any(act in acts for acts in SCOPES.values())


def test_who_is_refused_hears_whom_to_ask():
    with pytest.raises(NotAllowed) as refused:
        refuse_unless_may(by=an_actor(clinic=a_clinic(), role=Role.AUDITOR), act=Act.BOOK)

    assert refused.value.code == "not_allowed"
    assert "owner or administrator" in refused.value.sentence


@pytest.mark.parametrize("role", Role)
def test_clinical_rules_are_set_aside_by_those_who_answer_for_the_treatment(role):
    actor = an_actor(clinic=a_clinic(), role=role)

    assert may_waive(by=actor, code="sessions_out_of_range") == (role in (Role.OWNER, Role.PRACTITIONER))
    assert not may_waive(by=actor, code="time_taken")


@pytest.mark.parametrize(("scope", "role"), WAIVES_AS.items())
@pytest.mark.parametrize("code", WAIVERS)
def test_a_key_sets_aside_what_the_role_of_its_scope_may(scope, role, code):
    key = Actor(1, ActorKind.KEY, "Website", Way.REST, scopes=frozenset([scope]))
    boss = an_actor(clinic=a_clinic(), role=role)

    assert may_waive(by=key, code=code) == may_waive(by=boss, code=code)
    assert not may_waive(by=replace(key, scopes=frozenset(SCOPES) - set(WAIVES_AS)), code=code)


def test_an_owner_sets_aside_no_more_than_a_practitioner_so_no_scope_names_them():
    may_all = {Role.OWNER, Role.PRACTITIONER}

    assert all(not may_all & roles or may_all <= roles for roles in WAIVERS.values())


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("scope", Scope)
def test_nobody_gives_a_key_what_they_may_not_do_themselves(role, scope):
    actor = an_actor(clinic=a_clinic(), role=role)
    key = Actor(1, ActorKind.KEY, "Website", Way.REST, scopes=frozenset([scope]))

    done_beyond = any(may(by=key, act=act) and not may(by=actor, act=act) for act in Act)
    waived_beyond = any(may_waive(by=key, code=one) and not may_waive(by=actor, code=one) for one in WAIVERS)
    assert may_give(by=actor, scope=scope) == (not done_beyond and not waived_beyond)
