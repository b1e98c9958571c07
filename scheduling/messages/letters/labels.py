"""Labels of lines in plain text, padded so that what they name stands in one column."""

from collections.abc import Mapping

from django.utils.translation import gettext as _


def _padded(labels: Mapping[str, str]) -> dict[str, str]:
    """As wide as the widest and a space; `indent` begins a line that goes on below one of them."""
    width = max(map(len, labels.values())) + 1
    return {"indent": " " * width, **{name: label.ljust(width) for name, label in labels.items()}}


def visit_labels() -> dict[str, str]:
    return _padded(
        {
            "at": _("At:"),
            "when": _("When:"),
            "where": _("Where:"),
            "visit": _("Visit:"),
            # Translators: the treatment for which the patient comes
            "treatment": _("For:"),
        }
    )


def moved_labels() -> dict[str, str]:
    return _padded(
        {
            # Translators: the time, or the place, that a visit had before it was moved
            "was": _("Was:"),
            "now": _("Now:"),
            "when": _("When:"),
            # Translators: who treats the patient
            "lead": _("With:"),
            "where": _("Where:"),
        }
    )


def cancelled_labels() -> dict[str, str]:
    return _padded({"cancelled": _("Cancelled:"), "where": _("Where:")})


def contact_labels() -> dict[str, str]:
    return _padded({"phone": _("phone"), "email": _("e-mail")})
