"""What senders of mail know together: how far they got, ledgers of hosts, a server that refuses all."""

from django.db import models
from django.db.models import Q


class Mailroom(models.Model):
    """One row: all clinics send together. `rounds` counts every round of sending before it begins.

    A ledger that has got further than this was written beside a database that this one was restored from.
    """

    rounds = models.BigIntegerField(default=0)
    held_at = models.DateTimeField(null=True, help_text="Since then no mail goes out.")

    class Meta:
        constraints = [models.CheckConstraint(name="mailroom_is_one", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"Mailroom after {self.rounds} rounds"


class MailLedger(models.Model):
    """One file of a host, known by the id in its first line, whatever it is called.

    `round` is the last that wrote there, `settled_to` up to which byte all of it is in this database. The
    row stays when the file goes: without it a file that turns up again would be ahead of this database.
    """

    ledger = models.UUIDField(unique=True)
    host = models.CharField(max_length=255)
    round = models.BigIntegerField(default=0)
    settled_to = models.BigIntegerField(default=0)
    used_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Ledger of {self.host}"


class MailBreaker(models.Model):
    """A row while it stands open: mail waits, and one is tried now and then. All clinics send by one."""

    server = models.CharField(max_length=255, unique=True, help_text="Its name and port.")
    opened_at = models.DateTimeField()
    probe_at = models.DateTimeField(help_text="One mail is tried then, not before.")
    server_said = models.CharField(max_length=300)

    def __str__(self) -> str:
        return self.server
