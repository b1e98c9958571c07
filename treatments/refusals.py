"""Refusals of what is prescribed: the HTTP status and what a code means."""

from collections.abc import Mapping

REFUSALS: Mapping[str, tuple[int, str]] = {
    "malformed_id": (400, "a wish names something that is no UUID"),
    "malformed_wishes": (400, "a wish has the wrong type"),
    "unknown_wish": (400, "wishes have a key that is no wish"),
    "wishes_contradict": (400, "`after` is not earlier than `before`"),
    "unknown_concern": (404, "no such concern in this clinic"),
    "unknown_plan": (404, "no such plan in this clinic"),
    "unknown_protocol": (404, "no such protocol in this clinic"),
    "unknown_session_type": (404, "no such session type in this clinic"),
    "catalogue_frozen": (409, "it is in use: make its next version"),
    "protocol_outdated": (409, "the protocol has a newer version: choose again"),
    "answer_too_long": (422, "the answer is longer than 2000 letters"),
    "catalogue_impossible": (422, "a catalogue file says what nobody could keep; the sentence says where"),
    "catalogue_malformed": (422, "a catalogue file says something that cannot be"),
    "finding_missing": (422, "a concern is cleared with what was found"),
    "finding_too_long": (422, "the finding is longer than 2000 letters"),
    "harvest_site_not_asked": (422, "the protocol takes no fat"),
    "indication_too_long": (422, "the indication is longer than 200 letters"),
    "no_sessions": (422, "a course has at least one session"),
    "region_malformed": (422, "a region is written in small letters, digits and hyphens, 50 at most"),
    "role_twice_at_once": (422, "one role in two stages at the same time"),
    "sessions_out_of_range": (422, "fewer or more sessions than the protocol says; waivable"),
    "stage_not_in_cells": (422, "a stage's minutes are no multiple of 5"),
    "stage_reversed": (422, "a stage ends before it begins"),
    "too_many_sessions": (422, "more sessions than any course has"),
    "undefined_session_type": (422, "a catalogue file names a session type that it does not define"),
    "undefined_skill": (422, "a catalogue file names a skill that it does not define"),
    "unknown_harvest_site": (422, "not one of the harvest sites"),
    "window_reversed": (422, "a step's window closes before it opens"),
}
