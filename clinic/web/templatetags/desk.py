"""Words and shapes the desk's templates share."""

import json
from datetime import date, datetime, time
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from clinic.models import TrustedDevice
from clinic.web.desk.by_pin import device_of

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """A picture beside words that say the same: hidden from those who listen."""
    return format_html('<span class="icon icon-{}" aria-hidden="true"></span>', name)


@register.simple_tag(takes_context=True)
def trusted_device(context: Context) -> TrustedDevice | None:
    """The device at which the page is shown, if it is trusted: there people switch by PIN."""
    request = context.get("request")
    return device_of(request) if isinstance(request, HttpRequest) else None


@register.filter
def clock(at: time | datetime | None) -> str:
    """09:05, of a local time."""
    return f"{at:%H:%M}" if at else ""


@register.filter
def long_day(on: date | None) -> str:
    """Monday 11 January 2027."""
    return f"{on:%A} {on.day} {on:%B %Y}" if on else ""


@register.filter
def plain_day(on: date | None) -> str:
    """11 Jan 2027: a date whose weekday says nothing, such as one of birth."""
    return f"{on.day} {on:%b %Y}" if on else ""


@register.filter
def short_day(on: date | None) -> str:
    """Mon 11 Jan."""
    return f"{on:%a} {on.day} {on:%b}" if on else ""


@register.filter
def as_json(value: Any) -> str:
    """For a script to read out of an attribute: there is no script inside of pages."""
    return json.dumps(value, cls=DjangoJSONEncoder)


@register.filter
def counted(number: int, noun: str) -> str:
    """“1 session”, “2 sessions”; a noun with another plural as “diary|diaries”."""
    one, _, many = noun.partition("|")
    return f"{number} {one}" if number == 1 else f"{number} {many or one + 's'}"
