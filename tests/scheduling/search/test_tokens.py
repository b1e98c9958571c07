"""What a proposal's id promises."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import signing

from clinic.errors import Conflict, Refused
from clinic.models import Resource
from scheduling.search.propose import Asked, propose
from scheduling.search.tokens import proposal_from, token_of
from tests.support.cast import NOW
from tests.support.worlds import a_plan

pytestmark = pytest.mark.django_db


def test_a_token_says_the_whole_proposal_again(world):
    plan = a_plan(world=world)
    proposal = propose(plan=plan, asked=Asked(), now=NOW).proposals[0]

    read = proposal_from(token_of(proposal, now=NOW), plan=plan, now=NOW + timedelta(minutes=29))

    assert read == proposal


def test_the_longest_course_fits_into_4_kilobytes(world):
    plan = a_plan(world=world, sessions=6)
    proposal = propose(plan=plan, asked=Asked(), now=NOW).proposals[0]

    twice_the_course = replace(proposal, sessions=proposal.sessions * 2)

    assert len(token_of(twice_the_course, now=NOW)) <= 4096


def test_a_token_carries_no_internal_number(world):
    plan = a_plan(world=world)
    proposal = propose(plan=plan, asked=Asked(), now=NOW).proposals[0]

    said = signing.Signer(salt="scheduling.proposal").unsign_object(token_of(proposal, now=NOW))

    assert said["p"] == plan.uuid.hex
    assert all(len(name) == 32 for name in said["n"])
    assert {index for row in said["s"] for index, _ in row[4].values()} <= set(range(len(said["n"])))


def test_a_forged_token_is_refused(world):
    plan = a_plan(world=world)
    token = token_of(propose(plan=plan, asked=Asked(), now=NOW).proposals[0], now=NOW)

    for forged in (token[:-1], "x" + token, "", "ä", token.upper()):
        with pytest.raises(Refused) as refusal:
            proposal_from(forged, plan=plan, now=NOW)

        assert refusal.value.code == "proposal_invalid"


def test_a_token_of_another_plan_is_refused(world):
    plan, other = a_plan(world=world), a_plan(world=world)
    token = token_of(propose(plan=other, asked=Asked(), now=NOW).proposals[0], now=NOW)

    with pytest.raises(Refused) as refusal:
        proposal_from(token, plan=plan, now=NOW)

    assert refusal.value.code == "proposal_invalid"


def test_a_token_is_good_for_half_an_hour(world):
    plan = a_plan(world=world)
    token = token_of(propose(plan=plan, asked=Asked(), now=NOW).proposals[0], now=NOW)

    with pytest.raises(Conflict) as refusal:
        proposal_from(token, plan=plan, now=NOW + timedelta(minutes=31))

    assert refusal.value.code == "proposal_stale"


def test_a_proposal_that_names_a_resource_that_is_gone_is_stale(world):
    plan = a_plan(world=world)
    proposal = propose(plan=plan, asked=Asked(), now=NOW).proposals[0]
    token = token_of(proposal, now=NOW)
    chosen = proposal.sessions[0].assignments[0].resource
    Resource.objects.filter(uuid=chosen.uuid).delete()

    with pytest.raises(Conflict) as refusal:
        proposal_from(token, plan=plan, now=NOW)

    assert refusal.value.code == "proposal_stale"
