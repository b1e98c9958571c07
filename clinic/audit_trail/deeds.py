"""What was done, by whom and about what, in the words of the trail."""

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import ROLE_NAMES, ActorKind, Way
from clinic.sentences import Sentence, verbatim
from clinic.sentences import sentence as _

_WORDS = {
    AuditAction.SAW_PATIENTS: _("Saw patients"),
    AuditAction.SAW_PATIENT: _("Saw patient"),
    AuditAction.SAW_DAY: _("Saw day"),
    AuditAction.SAW_PLAN: _("Saw plan"),
    AuditAction.SAW_CALENDARS: _("Saw calendars"),
    AuditAction.SAW_SESSIONS: _("Saw sessions"),
    AuditAction.SAW_CONCERNS: _("Saw concerns"),
    AuditAction.SAW_FEED: _("Saw feed"),
    AuditAction.SAW_TRAIL: _("Saw trail"),
    AuditAction.REGISTERED_PATIENT: _("Registered patient"),
    AuditAction.PRESCRIBED_COURSE: _("Prescribed course"),
    AuditAction.BOOKED_COURSE: _("Booked course"),
    AuditAction.BOOKED_SESSION: _("Booked visit"),
    AuditAction.MOVED_SESSIONS: _("Moved visits"),
    AuditAction.CANCELLED_SESSION: _("Cancelled visit"),
    AuditAction.CANCELLED_COURSE: _("Cancelled course"),
    AuditAction.STOPPED_COURSE: _("Stopped course"),
    AuditAction.AMENDED_COURSE: _("Amended course"),
    AuditAction.PAUSED_COURSE: _("Paused course"),
    AuditAction.RESUMED_COURSE: _("Resumed course"),
    AuditAction.RECORDED_ELSEWHERE: _("Recorded elsewhere"),
    AuditAction.JOINED_WAITLIST: _("Joined waitlist"),
    AuditAction.LEFT_WAITLIST: _("Left waitlist"),
    AuditAction.RANKED_WAIT: _("Ranked wait"),
    AuditAction.OFFERED_TIME: _("Offered time"),
    AuditAction.ENDED_OFFER: _("Ended offer"),
    AuditAction.SAW_WAITLIST: _("Saw waitlist"),
    AuditAction.RESEATED_SESSION: _("Reseated visit"),
    AuditAction.HELD_COURSE: _("Held course"),
    AuditAction.RELEASED_HOLD: _("Released hold"),
    AuditAction.PUSHED_SESSION: _("Pushed visit"),
    AuditAction.TOLD_PATIENT: _("Told patient"),
    AuditAction.RAISED_CONCERN: _("Raised concern"),
    AuditAction.CLEARED_CONCERN: _("Cleared concern"),
    AuditAction.CONFIRMED_SESSION: _("Confirmed visit"),
    AuditAction.PATIENT_ARRIVED: _("Patient arrived"),
    AuditAction.STARTED_SESSION: _("Started visit"),
    AuditAction.COMPLETED_SESSION: _("Completed visit"),
    AuditAction.MISSED_SESSION: _("Missed visit"),
    AuditAction.UNDID_ACT: _("Undid act"),
    AuditAction.SENT_AT_ONCE: _("Sent at once"),
    AuditAction.CHANGED_SESSION_TYPE: _("Changed session type"),
    AuditAction.WALKED_IN: _("Walked in"),
    AuditAction.GAVE_TIME: _("Gave time"),
    AuditAction.EXPORTED_PATIENT: _("Exported patient"),
    AuditAction.ERASED_PATIENT: _("Erased patient"),
    AuditAction.NAMED_ELSEWHERE: _("Named elsewhere"),
    AuditAction.IMPORTED: _("Imported"),
    AuditAction.FOUNDED_CLINIC: _("Founded clinic"),
    AuditAction.OPENED_SITE: _("Opened site"),
    AuditAction.ADDED_RESOURCE: _("Added resource"),
    AuditAction.SET_WEEKLY_HOURS: _("Set weekly hours"),
    AuditAction.SET_DAY_HOURS: _("Set day hours"),
    AuditAction.CLOSED_SITE: _("Closed site"),
    AuditAction.GRANTED_LEAVE: _("Granted leave"),
    AuditAction.ENDED_LEAVE: _("Ended leave"),
    AuditAction.REOPENED_SITE: _("Reopened site"),
    AuditAction.SWAPPED_SESSIONS: _("Swapped visits"),
    AuditAction.LOADED_CATALOGUE: _("Loaded catalogue"),
    AuditAction.SET_CLINIC: _("Set clinic"),
    AuditAction.RETAINED: _("Retained"),
    AuditAction.SIGNED_IN: _("Signed in"),
    AuditAction.SIGN_IN_REFUSED: _("Sign in refused"),
    AuditAction.SIGNED_OUT: _("Signed out"),
    AuditAction.CHANGED_SIGN_IN: _("Changed sign in"),
    AuditAction.INVITED_MEMBER: _("Invited member"),
    AuditAction.REVOKED_INVITATION: _("Revoked invitation"),
    AuditAction.ADDED_MEMBER: _("Added member"),
    AuditAction.CHANGED_ROLE: _("Changed role"),
    AuditAction.REMOVED_MEMBER: _("Removed member"),
    AuditAction.TRUSTED_DEVICE: _("Trusted device"),
    AuditAction.REVOKED_DEVICE: _("Revoked device"),
    AuditAction.SET_PIN: _("Set pin"),
    AuditAction.TOOK_OVER_DESK: _("Took over desk"),
    AuditAction.PIN_REFUSED: _("Pin refused"),
    AuditAction.ISSUED_KEY: _("Issued key"),
    AuditAction.ROTATED_KEY: _("Rotated key"),
    AuditAction.REVOKED_KEY: _("Revoked key"),
    AuditAction.OPENED_FEED: _("Opened feed"),
    AuditAction.REVOKED_FEED: _("Revoked feed"),
}
# Who acted, by which way, and kinds of rows.
_NOUNS = {str(role): name for role, name in ROLE_NAMES.items()} | {
    ActorKind.USER.value: _("user"),
    ActorKind.KEY.value: _("key"),
    ActorKind.PATIENT.value: _("patient"),
    ActorKind.TASK.value: _("task"),
    Way.PAGE.value: _("page"),
    Way.REST.value: _("rest"),
    Way.FEED.value: _("feed"),
    Way.LINK.value: _("link"),
    Way.COMMAND.value: _("command"),
    "access key": _("access key"),
    "act": _("act"),
    "closure": _("closure"),
    "concern": _("concern"),
    "hold": _("hold"),
    "invitation": _("invitation"),
    "leave": _("leave"),
    "message": _("message"),
    "offer": _("offer"),
    "plan": _("plan"),
    "resource": _("resource"),
    "session": _("session"),
    "site": _("site"),
    "trusted device": _("trusted device"),
    "wait": _("wait"),
}


def deed_words(deed: str) -> Sentence:
    """“Booked course”; of what no version knows any more its own name."""
    try:
        return _WORDS[AuditAction(deed)]
    except ValueError:
        return verbatim(deed.replace("_", " ").capitalize())


def noun_words(noun: str) -> Sentence:
    """“receptionist”, “page”, “trusted device”: a role, a way in or a kind of row; else as it is."""
    return _NOUNS.get(noun) or verbatim(noun)
