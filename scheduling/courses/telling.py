"""What an act leaves to be sent: reminders of the sessions ahead, and notices of what patients notice."""

from collections.abc import Sequence
from dataclasses import replace

from clinic.audit_trail.write import AuditRecord
from scheduling.courses.open_act import OpenAct
from scheduling.messages.heard import forget_times, hear_now, hear_promised, unheard
from scheduling.messages.notices import outdate_notices, raise_notices
from scheduling.messages.reminders import AtOnce, follow_sequences, keep_reminders
from scheduling.models import AHEAD, HERE, PROMISED, SCHEDULED, Facts, Session, SessionStatus, Telling

_Changed = tuple[Session, Session]
# Nobody was told a time of these, so a reminder may be the first to say it.
_UNTOLD = (SessionStatus.DUE, SessionStatus.HELD)
_BEGUN = (*HERE, SessionStatus.COMPLETED, SessionStatus.MISSED)


def tell(act: OpenAct, sessions: Sequence[Session]) -> None:
    """Reminders, notices and what was heard of sessions that were written; `act.stood` is how they stood."""
    written = [(session, act.stood[session.pk]) for session in sessions]
    if act.leap:
        follow_sequences(sessions={session: was.sequence for session, was in written})
    own = [(session, was) for session, was in written if session.pk in act.own]
    new = [session for session, was in own if session.status in AHEAD and was.status not in AHEAD]
    noticed = {session: facts for session, was in own if (facts := _noticed(session, was))}
    # While they were here there was nothing to tell, and a notice that was due then is closed.
    noticed |= unheard(sessions=[session for session in new if act.stood[session.pk].status in _BEGUN])
    _remind(act, [(session, was) for session, was in written if _is_reminded_otherwise(session, was)])
    booked = {session: facts for session in new if (facts := Facts.of(session))}
    match act.told:
        case Telling.BY_MAIL:
            raise_notices(noticed=noticed, due_at=act.goes_out_at, now=act.now)
            hear_promised(sessions=new, now=act.now)
        case Telling.KNOWN:
            raise_notices(noticed=noticed, due_at=act.goes_out_at, now=act.now)
            hear_now(facts=booked | noticed, by_mail_too=True, now=act.now)
        case Telling.SILENT:
            if noticed:
                outdate_notices(sessions=noticed)
            # A booking that was a mistake: nobody knows a time of what is due again.
            unbooked = {session for session in noticed if session.is_due}
            forget_times(sessions=unbooked)
            known = {session: facts for session, facts in noticed.items() if session not in unbooked}
            hear_now(facts=booked | known, by_mail_too=False, now=act.now)


def _noticed(session: Session, was: Session) -> Facts | None:
    """What the patient may notice of the session: it is off, somewhere else, or takes place after all."""
    before, after = Facts.of(was), Facts.of(session)
    if before is not None and session.is_off:
        return replace(before, is_off=True) if was.status in PROMISED else None
    if after is None or session.status not in AHEAD:
        return None
    if was.status in _UNTOLD:
        # What was promised once and was due again has counted up: they may have heard that it is off.
        return after if was.sequence else None
    if before is None or was.status not in (*AHEAD, SessionStatus.CANCELLED):
        return None
    return after if after.is_news_after(before) else None


def _remind(act: OpenAct, changed: Sequence[_Changed]) -> None:
    if not changed:
        return
    at_once = {session.pk: how for session, was in changed if (how := _at_once(act, session, was))}
    keep_reminders(
        sessions=[session for session, _ in changed],
        at_once=at_once,
        # What was promised once and is no more has counted up.
        unreminded={session.pk for session, was in changed if was.status in _UNTOLD and not was.sequence},
        site=act.rows.site,
        now=act.now,
    )


def _at_once(act: OpenAct, session: Session, was: Session) -> AtOnce | None:
    """A reminder is the first to say the time of what is booked, unless whoever books says it."""
    if was.status not in _UNTOLD:
        return AtOnce.LEFT_OUT
    if session.pk not in act.own:
        return None
    return {Telling.SILENT: AtOnce.LEFT_OUT, Telling.KNOWN: AtOnce.NO_CALL}.get(act.told)


def _is_reminded_otherwise(session: Session, was: Session) -> bool:
    """Whether other reminders may be asked for than before. A check-in changes none."""
    if session.status in AHEAD:
        return was.status not in AHEAD or Facts.of(session) != Facts.of(was)
    return was.status in SCHEDULED and (session.status not in SCHEDULED or session.sequence != was.sequence)


def as_told(act: OpenAct, record: AuditRecord) -> AuditRecord:
    """For the trail who said that the patient knows, or that no mail is to go."""
    if act.told is Telling.BY_MAIL or act.puts_back:
        return record
    return replace(record, after={**record.after, "told": act.told})
