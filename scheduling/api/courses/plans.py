"""Plans over REST: prescribe, look for calendars, book one."""

from uuid import UUID

from rest_framework import serializers

from clinic.audit_trail.write import AuditAction
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Patient, Resource
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Day, Described, Id, Shape, Text, WaivingShape, WholeNumber
from clinic.web.rest.problems import problems_json
from clinic.web.trail import saw
from scheduling.api.answers import BookedPlanJson, PlanJson, PrescribedPlanJson, ProposalJson, ProposalsJson
from scheduling.api.output import act_json, plan_json, proposal_json, session_json
from scheduling.api.refused import COURSE, DONE_ELSEWHERE, HORIZON, PRESCRIBING, WISHES
from scheduling.api.requested import named_plan
from scheduling.api.telling import TellingShape, telling_in
from scheduling.booking.book_course import book_course
from scheduling.booking.holds import book_hold
from scheduling.courses.course import course_of
from scheduling.courses.done_elsewhere import Elsewhere
from scheduling.courses.prescribe import prescribe_course
from scheduling.engine.proposal import Proposal
from scheduling.models import Hold
from scheduling.rest.running import running_courses
from scheduling.search.propose import MOST_PROPOSALS, Asked
from scheduling.search.propose import propose as search_calendars
from scheduling.search.tokens import proposal_from, token_of
from scheduling.undoing.last_acts import undoable_by
from treatments.cadence import MOST_SESSIONS
from treatments.models import Plan, Protocol
from treatments.prescribing import Prescription
from treatments.wishes import WISHES_SCHEMA, wishes_from


class ElsewhereShape(Shape):
    """On which date, and where."""

    on = Day()
    place = Text(allow_blank=True)


class PrescriptionShape(WaivingShape):
    """The patient, what is prescribed, and by whom. What `wishes` may hold is said in docs/api-topics.md.

    A `reason` sets aside what the key's scopes let it; with `on_word_of`, what that member may.
    """

    patient = Id()
    protocol = Id()
    sessions = WholeNumber()
    prescribed_by = Id(required=False)
    wishes = Described(schema=WISHES_SCHEMA, required=False)
    indication = Text(required=False, allow_blank=True)
    region = Text(required=False, allow_blank=True)
    harvest_site = Text(required=False, allow_blank=True)
    done_elsewhere = serializers.ListField(
        child=ElsewhereShape(), required=False, default=list, max_length=MOST_SESSIONS
    )


class SearchShape(Shape):
    """`from` and `until` bound the first start and the last end; both are site-local dates, included."""

    from_ = Day(required=False)
    until = Day(required=False)
    wishes = Described(schema=WISHES_SCHEMA, required=False)
    sessions = WholeNumber(required=False)
    most = WholeNumber(required=False, min_value=1, max_value=MOST_PROPOSALS, default=MOST_PROPOSALS)


class BookingShape(TellingShape):
    """A calendar on offer, or the one that is held."""

    one_of = ("proposal", "hold")

    proposal = Text(required=False, max_length=8192)
    hold = Id(required=False)


@speaks(
    "prescribe_course",
    Act.PRESCRIBE,
    does=Does.MAKES,
    body=PrescriptionShape,
    answers={201: PrescribedPlanJson},
    refuses=(*PRESCRIBING, *DONE_ELSEWHERE, "unknown_patient", "unknown_resource"),
)
def prescribe(call: Call) -> Answer[PrescribedPlanJson]:
    """Prescribe a course of treatment.

    Every session is due: it has a window and no time. `warnings` name courses of the patient that still run.
    """
    said, by = call.said, call.by
    prescriber = said.get("prescribed_by")
    prescription = Prescription(
        patient=find(Patient.objects.seen_by(by), uuid=said["patient"]),
        protocol=find(Protocol.objects.seen_by(by), uuid=said["protocol"]),
        session_count=said["sessions"],
        prescribed_by=prescriber and find(Resource.objects.seen_by(by), uuid=prescriber),
        wishes=wishes_from(said.get("wishes", {})),
        indication=said.get("indication", ""),
        region=said.get("region", ""),
        harvest_site=said.get("harvest_site", ""),
        waiver=said.get("reason", ""),
    )
    done = [Elsewhere(**one) for one in said["done_elsewhere"]]
    plan = prescribe_course(prescription=prescription, done=done, by=by, now=now())
    told: PrescribedPlanJson = {
        **plan_json(plan, sessions=course_of(plan=plan).to_show()),
        "warnings": problems_json(running_courses(patient=prescription.patient, beside=plan)),
    }
    return Answer(told, status=201, version=plan.version, location=f"{call.path}{plan.uuid}/")


@speaks("show_plan", Act.SEE_CALENDAR, answers={200: PlanJson})
def show(call: Call, plan_id: UUID) -> Answer[PlanJson]:
    """Show a course with all its sessions."""
    plan = named_plan(plan_id, by=call.by)
    saw(AuditAction.SAW_PLAN, [plan.patient.uuid], by=call.by, about=plan)
    return shown_plan(plan)


@speaks(
    "propose_calendars",
    Act.BOOK,
    body=SearchShape,
    answers={200: ProposalsJson},
    refuses=(*WISHES, *HORIZON, "sessions_not_due"),
)
def propose(call: Call, plan_id: UUID) -> Answer[ProposalsJson]:
    """Look for calendars for all treatments that are due.

    Nothing is written or held.
    """
    said, at = call.said, now()
    wishes = said.get("wishes")
    asked = Asked(
        first_on=said.get("from"),
        last_on=said.get("until"),
        wishes=None if wishes is None else wishes_from(wishes),
        sessions=said.get("sessions"),
        most=said["most"],
    )
    plan = named_plan(plan_id, by=call.by)
    found = search_calendars(plan=plan, asked=asked, now=at)
    saw(AuditAction.SAW_CALENDARS, [plan.patient.uuid], by=call.by, about=plan)

    def shown(offer: Proposal) -> ProposalJson:
        return proposal_json(offer, token=token_of(offer, now=at))

    told: ProposalsJson = {
        "proposals": [shown(offer) for offer in found.proposals],
        "partial": shown(found.partial) if found.partial else None,
        "problems": problems_json(found.problems),
        "relaxations": [
            {
                "change": one.change,
                "sentence": one.sentence,
                "calendars": one.calendars,
                "value": one.value,
            }
            for one in found.relaxations
        ],
    }
    return Answer(told, version=plan.version)


@speaks(
    "book_course",
    Act.BOOK,
    does=Does.CHANGES,
    body=BookingShape,
    answers={201: BookedPlanJson},
    refuses=(*COURSE, "hold_expired", "hold_over", "unknown_hold"),
)
def book(call: Call, plan_id: UUID) -> Answer[BookedPlanJson]:
    """Book a calendar, all or nothing.

    All rules are looked at again; the sessions keep the ids they had while due.
    """
    said, by, at = call.said, call.by, database_now()
    plan = named_plan(plan_id, by=by)
    # Races after this look are caught under the plan's lock, by the version the proposal was made for.
    call.refuse_if_stale(version=plan.version)
    if "hold" in said:
        hold = find(Hold.objects.seen_by(by).filter(plan=plan).select_related("plan"), uuid=said["hold"])
        taken = book_hold(hold=hold, told=telling_in(said), by=by, now=at)
    else:
        proposal = proposal_from(said["proposal"], plan=plan, now=at)
        taken = book_course(plan=plan, proposal=proposal, told=telling_in(said), by=by, now=at)
    booked = {session.pk for session in taken}
    plan.refresh_from_db(fields=["version"])
    sessions = [session for session in course_of(plan=plan).to_show() if session.pk in booked]
    told: BookedPlanJson = {
        "plan": str(plan.uuid),
        "sessions": [session_json(session) for session in sessions],
        "act": act_json(undoable_by(by=by, at=at)),
    }
    return Answer(told, status=201, version=plan.version, location=call.path.removesuffix("book/"))


def shown_plan(plan: Plan, *, status: int = 200, location: str = "") -> Answer[PlanJson]:
    """The course as it stands; what `named_plan` loads must be loaded."""
    shown = plan_json(plan, sessions=course_of(plan=plan).to_show())
    return Answer(shown, status=status, version=plan.version, location=location)
