"""The page of a policy: a form with a field for each of its settings."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.places.policy import (
    BoundedSetting,
    ClockSetting,
    Policy,
    Setting,
    Switch,
    TextSetting,
    WordSetting,
    set_policy,
)
from clinic.sentences import NOTHING, Sentence
from clinic.web.clock import now
from clinic.web.desk.at_desk import desk_of
from clinic.web.desk.desk_access import DeskView, desk_page
from clinic.web.desk.form_actions import send
from clinic.web.desk.inputs import ClockField
from clinic.wording import worded


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """`name` is that of its address; `kept` is said once the settings are."""

    policy: Policy
    name: str
    kept: Sentence
    title: Sentence = NOTHING
    lead: Sentence = NOTHING
    template: str = "clinic/access/settings.html"


class PolicyFields(forms.Form):
    use_required_attribute = False

    def __init__(self, *args: Any, policy: Policy, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields.update({setting.name: _field(setting) for setting in policy.settings})


def policy_page(page: PolicyPage) -> DeskView:
    policy = page.policy

    @require_http_methods(["GET", "HEAD", "POST"])
    @desk_page(Act.MANAGE_CLINIC)
    def view(request: HttpRequest, *, actor: Actor) -> HttpResponse:
        typed = request.POST if request.method == "POST" else None
        form = PolicyFields(typed, policy=policy, initial=policy.of(desk_of(request).clinic))
        sent = send(request, form, lambda: set_policy(policy, values=form.cleaned_data, by=actor, now=now()))
        if sent.done is None:
            shown = {"form": form, "title": worded(page.title), "lead": worded(page.lead)}
            return render(request, page.template, shown, status=sent.status)
        messages.info(request, worded(page.kept))
        return redirect(page.name)

    return view


def _field(setting: Setting) -> forms.Field:
    label, hint = worded(setting.label), worded(setting.hint)
    match setting:
        case Switch():
            return forms.BooleanField(required=False, label=label, help_text=hint)
        case ClockSetting():
            return ClockField(label=label, help_text=hint)
        case WordSetting():
            words = [(word, worded(called)) for word, called in setting.allowed.items()]
            return forms.ChoiceField(label=label, help_text=hint, choices=words)
        case TextSetting():
            widget = forms.TextInput(attrs={"type": setting.form, "autocomplete": "off"})
            # What is missing or too long the policy says, in its own words.
            return forms.CharField(required=False, label=label, help_text=hint, widget=widget)
        case BoundedSetting():
            return _number_field(setting, label, hint)


def _number_field(setting: BoundedSetting, label: str, hint: str) -> forms.Field:
    allowed = setting.allowed
    if isinstance(allowed, range):
        return forms.IntegerField(
            required=not setting.may_be_empty,
            label=label,
            help_text=hint,
            min_value=allowed[0],
            max_value=allowed[-1],
        )
    choices = [(number, worded(words)) for number, words in allowed.items()]
    return forms.TypedChoiceField(label=label, help_text=hint, coerce=int, choices=choices)
