"""The two ticks beside every act: that the patient knows, and that no mail is to go out.

`scheduling/shared/telling.html` shows them, in as many forms as a page has. With `follows` the first follows
the field of that name, which says who asked for the act.
"""

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from scheduling.models import Telling


class TellingFields(forms.Form):
    """How the patient hears of the act; with neither tick by a mail, or by phone if no mail can."""

    they_know = forms.BooleanField(required=False, label=_("They know (on the phone / here)"))
    no_mail = forms.BooleanField(required=False, label=_("Send no mail"))

    @property
    def telling(self) -> Telling:
        """Whoever sends no mail has told them."""
        if not self.is_valid():
            return Telling.BY_MAIL
        if self.cleaned_data["no_mail"]:
            return Telling.SILENT
        return Telling.KNOWN if self.cleaned_data["they_know"] else Telling.BY_MAIL


def telling_form(request: HttpRequest, *, they_know: bool, no_mail: bool = False) -> TellingFields:
    """As it was sent; before that as it mostly is: whoever asked for the act knows of it."""
    if request.method == "POST":
        return TellingFields(request.POST)
    return TellingFields(initial={"they_know": they_know, "no_mail": no_mail})
