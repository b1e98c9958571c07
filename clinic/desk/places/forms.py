"""Shapes of what is typed in about places, resources and skills. The rules are the use cases' own."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.identity.actors import Actor
from clinic.models import Resource, ResourceKind, Site, Skill
from clinic.places.holidays import Holiday
from clinic.places.resources_changed import MOST_ALIKE, NewResource
from clinic.places.sites_changed import NewSite
from clinic.web.clock import now
from clinic.web.desk.inputs import ClockField, set_choices
from clinic.web.templatetags.desk import plain_day
from clinic.wording import choices_of

# Beside which field a refusal stands.
SITE_FIELDS = {
    "name_missing": "name",
    "place_name_too_long": "name",
    "site_exists": "name",
    "unknown_zone": "zone",
    "unknown_country": "country",
    "place_address_too_long": "address",
}
RESOURCE_FIELDS = {
    "name_missing": "name",
    "place_name_too_long": "name",
    "resource_exists": "name",
    "site_missing": "site",
    "site_not_wanted": "site",
    "group_name_too_long": "group",
    "count_out_of_range": "count",
}
SKILL_FIELDS = {
    "name_missing": "name",
    "place_name_too_long": "name",
    "skill_exists": "name",
    "malformed_slug": "name",
}
_PLAIN = {"autocomplete": "off"}


class SiteFields(forms.Form):
    """Where a site is, and by which clock."""

    use_required_attribute = False

    # What is missing or too long the use case says.
    name = forms.CharField(required=False, label=_("Name"), widget=forms.TextInput(attrs=_PLAIN))
    address = forms.CharField(required=False, label=_("Address"), widget=forms.TextInput(attrs=_PLAIN))
    zone = forms.CharField(
        required=False,
        label=_("Time zone"),
        help_text=_("Its clock, such as Europe/Amsterdam."),
        widget=forms.TextInput(attrs=_PLAIN),
    )
    country = forms.CharField(
        required=False,
        label=_("Country"),
        help_text=_("Two letters, such as NL. Its public holidays close the site; empty: none do."),
        widget=forms.TextInput(attrs=_PLAIN),
    )
    subdivision = forms.CharField(
        required=False,
        label=_("Part of the country"),
        help_text=_("Where it has holidays of its own, such as BY for Bavaria."),
        widget=forms.TextInput(attrs=_PLAIN),
    )

    def new(self) -> NewSite:
        return NewSite(**{name: self.cleaned_data[name] for name in SITE_FACTS})


SITE_FACTS = ("name", "address", "zone", "country", "subdivision")


class ResourceFields(forms.Form):
    """Who or what it is, where, and what it can serve for."""

    use_required_attribute = False

    name = forms.CharField(required=False, label=_("Name"), widget=forms.TextInput(attrs=_PLAIN))
    site = forms.ChoiceField(
        required=False,
        label=_("Site"),
        help_text=_("Of a room or a device. People are where they have hours."),
    )
    group = forms.CharField(
        required=False,
        label=_("Group"),
        help_text=_("What several alike are called together, such as Draw chairs."),
        widget=forms.TextInput(attrs=_PLAIN),
    )
    skills = forms.MultipleChoiceField(
        required=False, label=_("Can serve for"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, by: Actor, kind: str = "", **named: Any) -> None:
        super().__init__(*args, **named)
        self.standing_kind = kind
        self._sites = {str(row.uuid): row for row in _sites(by)}
        skills = Skill.objects.seen_by(by).order_by("name", "pk").values_list("key", "name")
        sites = [(uuid, row.name) for uuid, row in self._sites.items()]
        set_choices(self, site=[("", "–"), *sites], skills=list(skills))
        if kind == ResourceKind.PRACTITIONER:
            del self.fields["site"]

    def new(self) -> NewResource:
        typed = self.cleaned_data
        site = self._sites.get(typed.get("site", ""))
        return NewResource(
            self.standing_kind or typed["kind"], typed["name"], site, typed["skills"], typed["group"]
        )


class NewResourceFields(ResourceFields):
    """One, or several alike."""

    kind = forms.ChoiceField(label=_("Kind"), choices=choices_of(ResourceKind))
    count = forms.IntegerField(
        required=False,
        label=_("How many alike"),
        min_value=1,
        max_value=MOST_ALIKE,
        help_text=_("More than one are numbered, “Chair 1” and on, under one group."),
    )

    field_order = ("kind", "name", "count", "site", "group", "skills")


class SkillFields(forms.Form):
    """What it is called."""

    use_required_attribute = False

    name = forms.CharField(required=False, label=_("Name"), widget=forms.TextInput(attrs=_PLAIN))


class GiveSkillFields(forms.Form):
    """Who or what can serve for it from now on."""

    use_required_attribute = False

    resource = forms.ChoiceField(label=_("Who or what"))

    def __init__(self, *args: Any, resources: Sequence[Resource], **named: Any) -> None:
        super().__init__(*args, **named)
        self._resources = {str(row.uuid): row for row in resources}
        set_choices(self, resource=[(uuid, row.name) for uuid, row in self._resources.items()])

    @property
    def chosen(self) -> Resource:
        return self._resources[self.cleaned_data["resource"]]


class HolidayFields(forms.Form):
    """On which holiday a site is open all the same, from when until when."""

    use_required_attribute = False

    on = forms.ChoiceField(label=_("Holiday"))
    opens = ClockField(label=_("Opens"))
    closes = ClockField(label=_("Closes"))

    def __init__(self, *args: Any, holidays: Sequence[Holiday], **named: Any) -> None:
        super().__init__(*args, **named)
        set_choices(self, on=[(str(one.on), f"{plain_day(one.on)}, {one.name}") for one in holidays])

    @property
    def day(self) -> date:
        return date.fromisoformat(self.cleaned_data["on"])

    @property
    def spans(self) -> list[tuple[time, time]]:
        return [(self.cleaned_data["opens"], self.cleaned_data["closes"])]


def _sites(by: Actor) -> list[Site]:
    return list(Site.objects.seen_by(by).not_retired(now()).order_by("name", "pk"))
