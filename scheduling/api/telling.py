"""How patients hear of an act over REST: one key, for all acts that patients notice."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from clinic.web.rest.input_fields import Shape, YesNo
from scheduling.models import Telling


class TellingShape(Shape):
    """`told`: a mail goes out, or somebody calls (`by_mail`, as without it); the patient knows, so the mail
    goes out and nobody calls (`known`); whoever acts tells them, and nothing goes out (`silent`).
    """

    told = serializers.ChoiceField(choices=[one.value for one in Telling], required=False)


class MailedOrNotShape(TellingShape):
    """`tell` false, as it was said before there was `told`, is `told` silent. Of both `told` counts."""

    tell = YesNo(required=False, default=True)


def telling_in(said: Mapping[str, Any], *, unsaid: Telling = Telling.BY_MAIL) -> Telling:
    """What was said; `unsaid` if nothing was."""
    if "told" in said:
        return Telling(said["told"])
    return unsaid if said.get("tell", True) else Telling.SILENT
