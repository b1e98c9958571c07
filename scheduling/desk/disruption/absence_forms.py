"""Shapes of what is typed in about leave and closures. The rules are the use cases' own."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.hours.rota import NewClosure, NewLeave
from clinic.identity.actors import Actor
from clinic.models import Resource, Site
from clinic.time.wall_clock import day_starts_at, instant_at
from clinic.web.clock import now
from clinic.web.desk.inputs import ClockField, DayField, set_choices


class AbsenceFields(forms.Form):
    """Who or what is away, or which site is shut, from when to when."""

    use_required_attribute = False

    what = forms.ChoiceField(label=_("Who or what"))
    first_on = DayField(label=_("From"), error_messages={"required": _("Enter the first day.")})
    starts = ClockField(required=False, label=_("At"), help_text=_("Empty: from the beginning of the day."))
    last_on = DayField(required=False, label=_("Until"), help_text=_("Empty: until further notice."))
    ends = ClockField(required=False, label=_("Until when on that day"), help_text=_("Empty: until its end."))
    reason = forms.CharField(
        required=False,
        label=_("Why"),
        help_text=_("Seen only by those who manage the clinic’s places."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self, *args: Any, resources: Sequence[Resource], sites: Sequence[Site], home: ZoneInfo, **named: Any
    ) -> None:
        super().__init__(*args, **named)
        self._resources = {str(row.uuid): row for row in resources}
        self._sites = {str(row.uuid): row for row in sites}
        self._home = home
        things = [(uuid, row.name) for uuid, row in self._resources.items()]
        shut = [(uuid, gettext("{name} is shut").format(name=row.name)) for uuid, row in self._sites.items()]
        set_choices(
            self, what=[(gettext("People, rooms and devices"), things), (gettext("A whole site"), shut)]
        )

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        if typed.get("what") in self._sites and not typed.get("last_on"):
            self.add_error("last_on", gettext("Enter the last day: a site is not shut until further notice."))
        return typed

    def absence(self) -> NewLeave | NewClosure:
        """What was typed in, on the site's wall clock. Raises Refused for a time that the clock skips."""
        typed = self.cleaned_data
        if (site := self._sites.get(typed["what"])) is not None:
            ends_at = self._end(typed, site.tz)
            assert ends_at is not None, "asked for above"
            return NewClosure(site, self._start(typed, site.tz), ends_at, typed["reason"])
        resource = self._resources[typed["what"]]
        zone = resource.site.tz if resource.site else self._home
        return NewLeave(resource, self._start(typed, zone), self._end(typed, zone), typed["reason"])

    def _start(self, typed: dict[str, Any], zone: ZoneInfo) -> datetime:
        return instant_on(typed["first_on"], typed["starts"], zone)

    def _end(self, typed: dict[str, Any], zone: ZoneInfo) -> datetime | None:
        if typed["last_on"] is None:
            return None
        if typed["ends"] is None:
            return day_starts_at(typed["last_on"] + timedelta(days=1), zone)
        return instant_on(typed["last_on"], typed["ends"], zone)


class EndFields(forms.Form):
    """From when on somebody is back, or a site open."""

    use_required_attribute = False

    back_on = DayField(label=_("Back on"), error_messages={"required": _("Enter the day.")})
    back = ClockField(required=False, label=_("At"), help_text=_("Empty: from the beginning of the day."))

    def instant(self, zone: ZoneInfo) -> datetime:
        return instant_on(self.cleaned_data["back_on"], self.cleaned_data["back"], zone)


def instant_on(on: date, at: time | None, zone: ZoneInfo) -> datetime:
    """The instant of a local time, or of the day's beginning."""
    return day_starts_at(on, zone) if at is None else instant_at(on, at, zone)


def absence_fields(*, typed: Any = None, by: Actor, home: ZoneInfo) -> AbsenceFields:
    """The form with whoever and whatever may be away. Two queries."""
    at = now()
    resources = Resource.objects.seen_by(by).not_retired(at).select_related("site")
    sites = Site.objects.seen_by(by).not_retired(at)
    return AbsenceFields(
        typed,
        resources=list(resources.order_by("kind", "name")),
        sites=list(sites.order_by("name")),
        home=home,
    )
