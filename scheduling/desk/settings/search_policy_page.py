"""The clinic's page about its calendars: when sessions may start, and what a search minds."""

from dataclasses import asdict

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.web.clock import now
from clinic.web.desk.at_desk import desk_of
from clinic.web.desk.desk_access import desk_page
from scheduling.engine.costs import CostWeights
from scheduling.search.policy import DEAREST, START_GRIDS, SearchRules, search_rules_of, set_search_rules

_LABELS = {
    "rhythm": "A day off its best day",
    "soonest": "A day later at the start",
    "weekdays": "Not on a wished weekday",
    "hours": "Outside the wished hours",
    "practitioner": "Not with the wished practitioner",
    "companion": "Not together with the other patient",
    "gaps": "A useless gap in a practitioner’s day",
    "load": "With the busier of several practitioners",
}


class SearchRulesFields(forms.Form):
    """One number for each thing that a calendar can do wrong."""

    use_required_attribute = False

    start_grid_minutes = forms.TypedChoiceField(
        label="Sessions may start every",
        coerce=int,
        choices=[(minutes, f"{minutes} minutes") for minutes in START_GRIDS],
    )

    def __init__(self, *args: object, **named: object) -> None:
        super().__init__(*args, **named)  # type: ignore[arg-type]  # handed on as they came
        for name, label in _LABELS.items():
            self.fields[name] = forms.IntegerField(label=label, min_value=0, max_value=DEAREST)

    @property
    def prices(self) -> list[forms.BoundField]:
        return [self[name] for name in _LABELS]

    def rules(self) -> SearchRules:
        typed = dict(self.cleaned_data)
        return SearchRules(typed.pop("start_grid_minutes"), CostWeights(**typed))


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.MANAGE_CLINIC)
def search_rules(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    if request.method != "POST":
        rules = search_rules_of(desk_of(request).clinic)
        typed = {"start_grid_minutes": rules.start_grid_minutes, **asdict(rules.dearness)}
        return _page(request, SearchRulesFields(initial=typed))
    form = SearchRulesFields(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    set_search_rules(rules=form.rules(), by=actor, now=now())
    messages.info(request, "From the next search on, calendars are weighed like this.")
    return redirect("search-rules")


def _page(request: HttpRequest, form: SearchRulesFields, status: int = 200) -> HttpResponse:
    return render(request, "scheduling/settings/search_policy.html", {"form": form}, status=status)
