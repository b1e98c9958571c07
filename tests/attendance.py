"""What becomes of visits, until there are use cases for it."""

from scheduling.check_diary import rebuild_pages
from scheduling.models import Claim, Session, SessionStatus


def gave_up(session: Session, status: SessionStatus) -> None:
    """The visit was missed, cancelled, or is due again: its time is free, as a use case would leave it."""
    Claim.objects.filter(session=session).delete()
    rebuild_pages()
    no_time = dict.fromkeys(("starts_at", "ends_at", "local_date", "local_time"))
    Session.objects.filter(pk=session.pk).update(
        status=status, **(no_time if status == SessionStatus.DUE else {})
    )
