"""Words and shapes the desk's templates share."""

import json
from datetime import date, datetime, time
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest
from django.template import Context
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from clinic import VERSION
from clinic.identity.actors import ROLE_NAMES, Role
from clinic.models import TrustedDevice
from clinic.web.desk.by_pin import device_of
from clinic.web.desk.notices import buttons_in
from clinic.wording import worded

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """A picture beside words that say the same: hidden from those who listen."""
    return format_html('<span class="icon icon-{}" aria-hidden="true"></span>', name)


@register.simple_tag
def version() -> str:
    """The release of the service."""
    return VERSION


@register.simple_tag(takes_context=True)
def trusted_device(context: Context) -> TrustedDevice | None:
    """The device at which the page is shown, if it is trusted: there people switch by PIN."""
    request = context.get("request")
    return device_of(request) if isinstance(request, HttpRequest) else None


@register.filter
def buttons(tags: str | None) -> list[tuple[str, str]]:
    """The buttons of a notice: (what it says, where it is sent)."""
    return buttons_in(tags or "")


@register.filter
def role_name(role: str) -> str:
    """“receptionist”."""
    return worded(ROLE_NAMES[Role(role)])


@register.filter
def clock(at: time | datetime | None) -> str:
    """09:05, of a local time."""
    return f"{at:%H:%M}" if at else ""


@register.filter
def long_day(on: date | None) -> str:
    """Monday 11 January 2027."""
    return date_format(on, "l j F Y") if on else ""


@register.filter
def plain_day(on: date | None) -> str:
    """11 Jan 2027: a date whose weekday says nothing, such as one of birth."""
    return date_format(on, "j M Y") if on else ""


@register.filter
def short_day(on: date | None) -> str:
    """Mon 11 Jan."""
    return date_format(on, "D j M") if on else ""


@register.filter
def as_json(value: Any) -> str:
    """For a script to read out of an attribute: there is no script inside of pages."""
    return json.dumps(value, cls=DjangoJSONEncoder)


@register.filter
def counted(number: int, noun: str) -> str:
    """“1 session”, “2 sessions”; a noun with another plural as “diary|diaries”."""
    one, _, many = noun.partition("|")
    return f"{number} {one}" if number == 1 else f"{number} {many or one + 's'}"
