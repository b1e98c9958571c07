"""Shapes of what is typed in about who gets in. The rules are the use cases' own."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.access.invitations import LONGEST_NAME, NewInvitation
from clinic.access.keys import LONGEST_LABEL, NewKey
from clinic.identity.actors import Actor, Role, Scope
from clinic.identity.permissions import may_give
from clinic.models import Resource
from clinic.web.desk.inputs import DayField, set_choices

ROLE_WORDS = {
    Role.OWNER: _("Owner: everything"),
    Role.ADMINISTRATOR: _("Administrator: the desk, and who gets in"),
    Role.RECEPTIONIST: _("Receptionist: all patients and their calendars"),
    Role.PRACTITIONER: _("Practitioner: their own patients and diary"),
    Role.AUDITOR: _("Auditor: the trail of looks and acts, and nothing else"),
}
SCOPE_WORDS = {
    Scope.PATIENTS_READ: _("See patients"),
    Scope.PATIENTS_WRITE: _("Register and change patients"),
    Scope.PATIENTS_EXPORT: _("Download everything about a patient"),
    Scope.CALENDAR_READ: _("See calendars, courses and sessions"),
    Scope.BOOKING_WRITE: _("Prescribe and book"),
    Scope.WAIVE_AS_RECEPTIONIST: _("Set rules aside with a reason, as reception may"),
    Scope.WAIVE_AS_ADMINISTRATOR: _("Set rules aside with a reason, as an administrator may"),
    Scope.WAIVE_AS_PRACTITIONER: _("Set rules aside with a reason, as a practitioner may"),
    Scope.ANSWER_WORDS: _("Answer what was said in somebody’s name, for them"),
    Scope.PLACES_WRITE: _("Change sites, people, rooms and devices, their hours and absences"),
    Scope.IMPORT: _("Bring patients and bookings over from another system"),
    Scope.FEEDS_WRITE: _("Open and shut calendars for phones"),
    Scope.CLINIC_WRITE: _("Change the rules of the clinic"),
}


class KeyFields(forms.Form):
    """A new access key."""

    use_required_attribute = False

    label = forms.CharField(
        max_length=LONGEST_LABEL,
        label=_("Who uses it, and for what"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Name the key: say who uses it and what for.")},
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what the key may do.")},
    )
    expires_on = DayField(
        required=False,
        label=_("Last day"),
        help_text=_("A key that nobody needs any more should end by itself."),
    )

    def __init__(self, *args: Any, by: Actor) -> None:
        super().__init__(*args)
        given = [(str(scope), words) for scope, words in SCOPE_WORDS.items() if may_give(by=by, scope=scope)]
        set_choices(self, scopes=given)

    def new_key(self, *, zone: ZoneInfo) -> NewKey:
        """The key works until the end of its last day on the wall clock of the zone."""
        typed = self.cleaned_data
        last_on = typed["expires_on"]
        return NewKey(
            label=typed["label"],
            scopes=[Scope(scope) for scope in typed["scopes"]],
            expires_at=last_on and datetime.combine(last_on, time(23, 59, 59), tzinfo=zone),
        )


class RoleFields(forms.Form):
    """What a member is to be."""

    use_required_attribute = False

    role = forms.ChoiceField(
        label=_("Role"), choices=[(str(role), words) for role, words in ROLE_WORDS.items()]
    )
    practitioner = forms.ChoiceField(
        required=False,
        label=_("Whose diary is theirs"),
        help_text=_("Only for those who treat patients themselves."),
    )

    def __init__(self, *args: Any, practitioners: Iterable[Resource], **named: Any) -> None:
        super().__init__(*args, **named)
        self.practitioners = {str(row.uuid): row for row in practitioners}
        people = [(uuid, row.name) for uuid, row in self.practitioners.items()]
        set_choices(self, practitioner=[("", gettext("Nobody’s")), *people])

    @property
    def chosen(self) -> tuple[Role, Resource | None]:
        typed = self.cleaned_data
        return Role(typed["role"]), self.practitioners.get(typed["practitioner"])


class InvitationFields(RoleFields):
    """Whom to invite, and as what."""

    field_order = ("name", "email", "role", "practitioner")

    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the name.")},
    )
    email = forms.CharField(
        max_length=254,
        label=_("E-mail"),
        help_text=_("The invitation goes here and works for seven days."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the e-mail address.")},
    )

    def invitation(self) -> NewInvitation:
        role, practitioner = self.chosen
        typed = self.cleaned_data
        return NewInvitation(email=typed["email"], name=typed["name"], role=role, practitioner=practitioner)
