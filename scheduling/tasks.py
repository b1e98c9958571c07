"""Tasks of the workers. Each is safe to run twice, and by many workers at a time."""

import time

from celery import shared_task

from clinic.audit_trail.seals import seal
from clinic.every_clinic import go_round
from clinic.people.finding.index import index_unindexed
from clinic.web.database_clock import database_now
from scheduling.booking.holds import release_expired
from scheduling.messages.sending import send_due
from scheduling.privacy.retention import retain
from scheduling.waitlist import offers

# Less than a tick: a backlog is worked off by the ticks that follow, and by other workers.
BUSY_SECONDS = 20


@shared_task(name="scheduling.send_due_messages")
def send_due_messages() -> None:
    """Send what is due until nothing is, the mail server is out of reach or the time of a tick is up."""
    began = time.monotonic()
    while time.monotonic() - began < BUSY_SECONDS:
        # Judged by the database's clock: a worker whose own is wrong sends nothing early.
        posting = send_due(now=database_now())
        if posting.found == 0 or posting.is_server_out_of_reach:
            return


@shared_task(name="scheduling.release_expired_holds")
def release_expired_holds() -> None:
    """Give back the time of holds that ran out."""
    release_expired(now=database_now())


@shared_task(name="scheduling.end_expired_offers")
def end_expired_offers() -> None:
    """Take back the offers that nobody answered, and offer all that was given back to who waits."""
    offers.end_expired_offers(now=database_now())
    offers.offer_free_times(now=database_now())


@shared_task(name="scheduling.seal_audit_trails")
def seal_audit_trails() -> None:
    """Seal what each clinic's trail holds unsealed, one seal a clinic and tick."""
    go_round(lambda clinic: seal(clinic_id=clinic.pk, now=database_now()), name="sealing")


@shared_task(name="scheduling.retain_all")
def retain_all() -> None:
    """Let go of what is past its time, clinic by clinic, and erase again who is back from a backup.

    Whom an earlier release registered while it went on beside this one is found from then on.
    """
    go_round(lambda clinic: index_unindexed(clinic_id=clinic.pk), name="indexing")
    go_round(lambda clinic: retain(clinic=clinic, is_applied=True, now=database_now()), name="retention")
