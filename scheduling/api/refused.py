"""Codes that several operations refuse with."""

WISHES = (
    "malformed_id",
    "malformed_time",
    "malformed_weekday",
    "malformed_wishes",
    "unknown_wish",
    "wishes_contradict",
    "unknown_practitioner",
    "unknown_site",
    "unknown_plan",
)
PRESCRIBING = (
    *WISHES,
    "fewer_than_done",
    "harvest_site_not_asked",
    "indication_too_long",
    "no_sessions",
    "patient_erased",
    "protocol_outdated",
    "reason_too_long",
    "region_malformed",
    "sessions_out_of_range",
    "too_many_sessions",
    "unknown_harvest_site",
    "unknown_protocol",
)
DONE_ELSEWHERE = ("done_in_the_future", "out_of_order", "place_missing", "place_too_long")
HORIZON = ("horizon_reversed", "horizon_too_long", "too_far_ahead")
PROPOSAL = ("proposal_invalid", "proposal_stale")
# Whatever takes time.
TIME = (
    "calendar_outdated",
    "nobody_can",
    "outside_hours",
    "patient_erased",
    "resource_cannot_serve",
    "rest_far_too_short",
    "rest_same_day",
    "rest_short",
    "starts_in_the_past",
    "time_taken",
)
# A start that the client names.
START = (*TIME, "start_not_on_a_cell", "too_far_ahead")
COURSE = (
    *PROPOSAL,
    *TIME,
    "already_booked",
    "far_outside_window",
    "not_the_whole_course",
    "out_of_order",
    "outside_window",
    "plan_not_active",
)
MOVE = (
    *COURSE,
    *START,
    "earlier_visit_due",
    "later_sessions_do_not_fit",
    "moved_late",
    "moved_too_often",
    "reason_too_long",
    "state_forbids",
)
REASON = ("reason_missing", "reason_too_long")
CANCEL = (*REASON, "amend_instead", "may_not_waive", "release_instead", "state_forbids")
# Who and what really served.
SERVED = ("other_kind_needed", "unknown_role", "unknown_resource", "state_forbids")
