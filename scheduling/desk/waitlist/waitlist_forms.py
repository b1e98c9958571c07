"""What the desk says of a free time, and of one who waits."""

from datetime import date, time
from typing import Any

from django import forms

from clinic.models import Site
from clinic.time.cells import CELL_MINUTES
from clinic.time.wall_clock import instant_at
from clinic.web.desk.inputs import clock_input, day_input
from scheduling.booking.freed_time import FreeTime
from scheduling.desk.shared.choices import OnOffer
from scheduling.waitlist.queue import LONGEST_NOTE, WaitAsked

LONGEST_NOTICE_HOURS = 14 * 24


class FreeFields(forms.Form):
    """A stretch of one day at a site."""

    use_required_attribute = False

    on = forms.DateField(label="Day", widget=day_input())
    since = forms.TimeField(label="From", widget=clock_input(step_minutes=CELL_MINUTES), initial=time(9))
    until = forms.TimeField(label="Until", widget=clock_input(step_minutes=CELL_MINUTES), initial=time(17))
    site = forms.ChoiceField(required=False, label="At")

    def __init__(self, *args: Any, offer: OnOffer, today: date, **named: Any) -> None:
        super().__init__(*args, **named)
        self.places: dict[str, Site] = {str(row.uuid): row for row in offer.sites}
        field = self.fields["site"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(key, row.name) for key, row in self.places.items()]
        self.fields["on"].initial = today

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("since") and said.get("until") and said["until"] <= said["since"]:
            self.add_error("until", "This is not later than the beginning. Choose a later time.")
        if not self.places:
            self.add_error("site", "There is no site yet.")
        return said

    def free(self) -> FreeTime:
        """Raises Malformed for a local time that the site's clock skips or shows twice."""
        said = self.cleaned_data
        site = self.places.get(said["site"]) or next(iter(self.places.values()))
        on: date = said["on"]
        starts_at, ends_at = (instant_at(on, said[name], site.tz) for name in ("since", "until"))
        return FreeTime(site, starts_at, ends_at)


class WaitFields(forms.Form):
    """From when to when a patient would come, and at how short a notice."""

    use_required_attribute = False

    from_on = forms.DateField(required=False, label="Not before", widget=day_input())
    until_on = forms.DateField(required=False, label="Not after", widget=day_input())
    notice_hours = forms.IntegerField(
        label="Hours of notice",
        help_text="What frees up sooner than this is not offered.",
        min_value=0,
        max_value=LONGEST_NOTICE_HOURS,
        initial=24,
    )
    is_urgent = forms.BooleanField(required=False, label="Urgent: asked before others")
    note = forms.CharField(required=False, label="Note", max_length=LONGEST_NOTE)

    def asked(self) -> WaitAsked:
        return WaitAsked(**self.cleaned_data)
