"""What pages are made of: names, fields, buttons, panels, tables, notices, and parts that are had alone.

Every template knows them. A part has its markup here or in `clinic/parts/`, and nowhere else.
"""

import re
from collections.abc import Iterable
from typing import Any

from django import forms, template
from django.forms import BoundField
from django.http import HttpRequest
from django.template import Context
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from clinic.plain_text import FIRST_STRONG, POP
from clinic.web.desk.inputs import ClockInput, DayInput
from clinic.web.in_place import PAGE, is_in_place, parts_of

register = template.Library()

_ISOLATED = re.compile(f"{FIRST_STRONG}([^{FIRST_STRONG}{POP}]*){POP}")
_NOTICE_ICONS = {"refusal": "stop", "warning": "warning", "said": "check", "hold": "calendar"}


@register.filter
def name(called: object) -> SafeString | str:
    """A name, kept apart from the words around it: in either direction it reads as it was given."""
    return format_html("<bdi>{}</bdi>", called) if called else ""


@register.filter
def names(called: Iterable[object]) -> SafeString:
    """“Dr Osei, Room 2”, each kept apart."""
    return format_html_join(", ", "<bdi>{}</bdi>", ((one,) for one in called))


@register.filter
def sentence(words: object) -> SafeString:
    """Words of ours with names in them that `isolated` has marked."""
    if isinstance(words, SafeString):
        return words
    # By turns what stands around names, and a name.
    pieces = enumerate(_ISOLATED.split(str(words)))
    return format_html_join("", "{}", ((name(piece) if place % 2 else piece,) for place, piece in pieces))


@register.filter
def initials(called: object) -> str:
    """“NB”, of Noor Bakker."""
    words = str(called).split()
    return "".join(word[0] for word in (*words[:1], *words[1:][-1:])).upper()


@register.simple_block_tag(takes_context=True)
def part(
    context: Context, content: str, called: str, element: str = "div", live: bool = False, **attrs: str
) -> SafeString:
    """What can be had alone, under that id: forms inside ask for it, and the focus may go there.

    One that is `live` is shown anew when others changed something.
    """
    if (request := _asked_in_place(context)) is not None:
        parts_of(request).inside[called] = content
    own = {"id": called, "tabindex": "-1", "hx-target": f"#{called}"} | (
        {"data-live": called} if live else {}
    )
    return _element(element, content, own | attrs)


@register.simple_block_tag(takes_context=True)
def along(context: Context, content: str, called: str, element: str = "div", **attrs: str) -> SafeString:
    """What goes along with any part that is had alone; forms inside ask for the whole page."""
    oob = {"id": called, "hx-target": f"#{PAGE}", "hx-swap-oob": "innerHTML"}
    markup = _element(element, content, {**oob, **attrs})
    if (request := _asked_in_place(context)) is not None:
        parts_of(request).along[called] = markup
    return markup


def _element(element: str, content: str, attrs: dict[str, str]) -> SafeString:
    said = format_html_join("", ' {}="{}"', attrs.items())
    return format_html("<{0}{1}>{2}</{0}>", element, said, content)


def _asked_in_place(context: Context) -> HttpRequest | None:
    request = context.get("request")
    return request if isinstance(request, HttpRequest) and is_in_place(request) else None


@register.simple_tag
def field(of: BoundField, wide: bool = False, plain: bool = False) -> SafeString:
    """A field of a form with its label, hint and refusals. `plain` does not say that it is optional."""
    widget = of.field.widget
    if of.is_hidden:
        return of.as_widget()
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        shape = "choices"
    elif isinstance(widget, forms.CheckboxInput):
        shape = "choice"
    else:
        shape = "field"
    shown = {"field": of, "wide": wide, "plain": plain}
    return render_to_string(f"clinic/parts/{shape}.html", shown)


@register.simple_tag
def reason(of: BoundField, wide: bool = False, plain: bool = False) -> SafeString:
    """The field that says why a rule is set aside and, where the form asks for it, on whose word."""
    whose = field(of.form["on_word_of"], wide, plain=True) if "on_word_of" in of.form.fields else ""
    return format_html("{}{}", field(of, wide, plain), whose)


@register.simple_tag
def day_box(
    sent_as: str, box_id: str, value: object = None, first: object = "", last: object = ""
) -> SafeString:
    """An input for a day that stands in no form of Django's; the calendar beside it begins and ends so."""
    bounds = {"data-first-day": first, "data-last-day": last}
    attrs = {"id": box_id} | {bound: f"{on:%Y-%m-%d}" for bound, on in bounds.items() if on}
    return DayInput().render(sent_as, value, attrs)


@register.simple_tag
def clock_box(sent_as: str, box_id: str) -> SafeString:
    return ClockInput().render(sent_as, None, {"id": box_id})


@register.inclusion_tag("clinic/parts/refusals.html")
def refusals(form: forms.BaseForm) -> dict[str, Any]:
    """Why a form was refused, above its fields."""
    return {"form": form}


@register.inclusion_tag("clinic/parts/button.html")
def button(label: str, look: str = "", **more: Any) -> dict[str, Any]:
    """What sends a form. `look` is any of primary, grave, small, wide; `more` is what the template knows."""
    return {"label": label, "looks": look.split(), **more}


@register.inclusion_tag("clinic/parts/link.html")
def link(label: str, page: str, *about: Any, look: str = "", query: str = "", **more: Any) -> dict[str, Any]:
    """A button that only leads to a page."""
    address = f"{reverse(page, args=about)}{f'?{query}' if query else ''}"
    return {"label": label, "address": address, "looks": look.split(), **more}


@register.inclusion_tag("clinic/parts/act.html", takes_context=True)
def act(context: Context, label: str, page: str, *about: Any, query: str = "", **more: Any) -> dict[str, Any]:
    """One button that acts: a form of its own, sent to that page. Who listens hears `whom` it is about.

    What changes the bar or ends the sign-in is answered with a page, so it is a `whole` act.
    """
    address = f"{reverse(page, args=about)}{f'?{query}' if query else ''}"
    return _act(context, label, address, more)


@register.inclusion_tag("clinic/parts/act.html", takes_context=True)
def act_at(context: Context, label: str, address: str, **more: Any) -> dict[str, Any]:
    """The same, sent to an address."""
    return _act(context, label, address, more)


def _act(context: Context, label: str, address: str, more: dict[str, Any]) -> dict[str, Any]:
    looks = str(more.pop("look", "small")).split()
    token = context.get("csrf_token")
    return {"label": label, "address": address, "looks": looks, "csrf_token": token, **more}


@register.simple_block_tag
def panel(content: str, title: str, called: str, look: str = "") -> SafeString:
    """A card with a heading of its own, which names it."""
    return format_html(
        '<section class="card{}" aria-labelledby="{}"><h2 id="{}">{}</h2>{}</section>',
        f" {look}" if look else "",
        called,
        called,
        title,
        content,
    )


@register.simple_block_tag
def table(content: str, *heads: str, unseen: str = "", look: str = "") -> SafeString:
    """Rows under their heads; `unseen` heads the last column for those who listen."""
    shown = format_html_join("", '<th scope="col">{}</th>', ((head,) for head in heads))
    last = format_html('<th scope="col"><span class="unseen">{}</span></th>', unseen) if unseen else ""
    return format_html(
        '<div class="rows{}"><table><thead><tr>{}{}</tr></thead><tbody>{}</tbody></table></div>',
        f" {look}" if look else "",
        shown,
        last,
        content,
    )


@register.simple_block_tag
def notice(content: str, kind: str, role: str = "", look: str = "") -> SafeString:
    """What the page says back: a refusal, a warning, what was done (`said`), what is held (`hold`)."""
    return format_html(
        '<div class="notice notice-{}{}"{}><span class="icon icon-{}" aria-hidden="true"></span>{}</div>',
        kind,
        f" {look}" if look else "",
        format_html(' role="{}"', role) if role else "",
        _NOTICE_ICONS[kind],
        content,
    )


@register.simple_block_tag
def nothing(content: str, picture: str) -> SafeString:
    """What stands where there is nothing to show: why, and what to do."""
    return format_html(
        '<div class="card empty"><span class="icon icon-{}" aria-hidden="true"></span>{}</div>',
        picture,
        content,
    )


@register.simple_block_tag
def dialog(content: str, named_by: str) -> SafeString:
    """What takes the whole screen until it is answered; the heading of that id names it."""
    return format_html(
        '<div class="lock" role="dialog" aria-modal="true" aria-labelledby="{}">'
        '<div class="alone">{}</div></div>',
        named_by,
        content,
    )


@register.simple_block_tag
def popover(content: str, called: str, label: str) -> SafeString:
    """What the button with `popovertarget` opens above the page, without a script."""
    return format_html(
        '<div class="menu" id="{}" role="dialog" popover aria-label="{}">{}</div>', called, label, content
    )
