"""Shapes of what is typed in at a shared desk. The rules are the use cases' own."""

from django import forms

from clinic.access.shared_desk import LONGEST_LABEL, LONGEST_PIN

_PIN_KEYS = {"inputmode": "numeric", "autocomplete": "off", "maxlength": LONGEST_PIN}


class TrustFields(forms.Form):
    """A device that is to be trusted."""

    use_required_attribute = False

    label = forms.CharField(
        max_length=LONGEST_LABEL,
        label="Where it stands",
        help_text="So that everyone knows which device is meant, such as “Front desk, left”.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Name the device: say where it stands."},
    )


class PinFields(forms.Form):
    """A PIN of one's own."""

    use_required_attribute = False

    pin = forms.CharField(
        label="New PIN",
        strip=False,
        widget=forms.PasswordInput(attrs=_PIN_KEYS),
        error_messages={"required": "Enter 4 to 8 digits."},
    )
    again = forms.CharField(
        label="The same again",
        strip=False,
        widget=forms.PasswordInput(attrs=_PIN_KEYS),
        error_messages={"required": "Enter the PIN a second time."},
    )

    def clean_again(self) -> str:
        again = str(self.cleaned_data["again"])
        if again != self.cleaned_data.get("pin", again):
            raise forms.ValidationError("These two are not the same. Enter the PIN twice.")
        return again


class TakeOverFields(forms.Form):
    """The PIN of the one who takes over."""

    use_required_attribute = False

    who = forms.UUIDField(widget=forms.HiddenInput)
    pin = forms.CharField(
        label="PIN",
        strip=False,
        widget=forms.PasswordInput(attrs=_PIN_KEYS | {"autofocus": True}),
        error_messages={"required": "Enter your PIN."},
    )
