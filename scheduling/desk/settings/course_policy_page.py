"""The clinic’s page about moves, cancellations and offers: what is late, how far the desk may go."""

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
from scheduling.courses.policy import BOUNDS, CourseRules, course_rules_of, set_course_rules

_LABELS = {
    "notice_hours": ("Hours of notice", "Cancelling or moving later than this before a session is late."),
    "patient_moves": ("Moves by the patient", "How often a patient may move one session without a reason."),
    "missed_after_minutes": ("Minutes until you are asked", "After this the desk asks whether they came."),
    "desk_window_days": (
        "Days outside the window",
        (
            "So far outside its window the desk may put a session, with a reason. "
            "Beyond that a practitioner may."
        ),
    ),
    "offer_minutes": ("Minutes to answer an offer", "Then the freed time goes to the next who waits."),
}


class CourseRulesFields(forms.Form):
    """One whole number for each."""

    use_required_attribute = False

    def __init__(self, *args: object, **named: object) -> None:
        super().__init__(*args, **named)  # type: ignore[arg-type]  # handed on as they came
        for name, (label, hint) in _LABELS.items():
            least, most = BOUNDS[name]
            self.fields[name] = forms.IntegerField(
                label=label, help_text=hint, min_value=least, max_value=most
            )

    def rules(self) -> CourseRules:
        return CourseRules(**self.cleaned_data)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.MANAGE_CLINIC)
def course_rules(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    if request.method != "POST":
        return _page(request, CourseRulesFields(initial=asdict(course_rules_of(desk_of(request).clinic))))
    form = CourseRulesFields(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    set_course_rules(rules=form.rules(), by=actor, now=now())
    messages.info(request, "From now on courses are moved, cancelled and offered like this.")
    return redirect("course-rules")


def _page(request: HttpRequest, form: CourseRulesFields, status: int = 200) -> HttpResponse:
    return render(request, "scheduling/settings/course_policy.html", {"form": form}, status=status)
