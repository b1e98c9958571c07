"""That the workers look: when each of their rounds began and ended last, on which host."""

from django.db import models


class Tick(models.Model):
    """One row for each round and host. It belongs to no clinic: workers look for all of them at once."""

    name = models.CharField(max_length=100, help_text="The task, or “beat”, which tells them to look.")
    host = models.CharField(max_length=255)
    began = models.DateTimeField()
    ended = models.DateTimeField(null=True, help_text="It came to its end then, without a fault.")

    class Meta:
        constraints = [models.UniqueConstraint(name="tick_one_of_a_host", fields=["name", "host"])]

    def __str__(self) -> str:
        return f"{self.name} on {self.host}"
