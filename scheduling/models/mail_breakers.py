"""That the mail server refuses everybody alike."""

from django.db import models


class MailBreaker(models.Model):
    """A row while it stands open: mail waits, and one is tried now and then. All clinics send by one."""

    server = models.CharField(max_length=255, unique=True, help_text="Its name and port.")
    opened_at = models.DateTimeField()
    probe_at = models.DateTimeField(help_text="One mail is tried then, not before.")
    server_said = models.CharField(max_length=300)

    def __str__(self) -> str:
        return self.server
