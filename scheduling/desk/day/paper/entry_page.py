"""Enter a day: one page like the printed sheet. Tick, add who came without a time, save once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from clinic.audit_trail.write import AuditAction
from clinic.errors import Refused
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Site
from clinic.plain_text import isolated
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.desk_errors import refuse_form
from clinic.web.desk.notices import say
from clinic.web.trail import saw
from scheduling.attendance.completion import LONGEST_REASON
from scheduling.attendance.desk_act import refuse_what_is_old
from scheduling.attendance.enter_day import Entered, PaperDay, enter_day
from scheduling.desk.day.paper.line_fields import Sheet
from scheduling.desk.day.paper.session_lines import (
    SessionFields,
    SessionRow,
    rows_of,
    said_of_others,
    sessions_of,
)
from scheduling.desk.day.paper.walk_in_lines import WalkInFields, walk_in_forms
from scheduling.desk.day.site_days import date_asked, sites_of, today_at
from scheduling.desk.shared.choices import on_offer
from scheduling.models import Outcome, Session

# Of these buttons none saves.
_LOOKS = ("find", "more", "all")
_LineForm = SessionFields | WalkInFields


class WhyFields(forms.Form):
    """Why the day is entered only now: once for all its lines."""

    use_required_attribute = False

    why = forms.CharField(
        required=False,
        max_length=LONGEST_REASON,
        label=gettext_lazy("Why it is entered now"),
        help_text=gettext_lazy("The trail keeps it with every line."),
        initial=gettext_lazy("Entered from the printed sheet"),
    )


@dataclass(slots=True)
class EntryPage:
    """Everything the page shows; `gone` says of which lines the session is not on the sheet any more."""

    on: date
    today: date
    sheet: Sheet
    site: Site
    sites: Sequence[Site]
    rows: list[SessionRow]
    walk_ins: list[WalkInFields]
    why: WhyFields
    # What came of pressing “Save”.
    is_sent: bool = False
    saved: int = 0
    gone: list[str] = field(default_factory=list)

    @property
    def open_count(self) -> int:
        return sum(row.is_open for row in self.rows)

    @property
    def refused(self) -> int:
        lines = [*(row.form for row in self.rows), *(one for one in self.walk_ins if one.is_said)]
        return sum(bool(one.errors) for one in lines) + len(self.gone) if self.is_sent else 0

    @property
    def line_count(self) -> int:
        """Up to the last line that is shown, though one before it was saved."""
        return max((one.number for one in self.walk_ins), default=-1) + 1


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which day, where, by whom, and when that is asked."""

    on: date
    today: date
    site: Site
    sites: Sequence[Site]
    by: Actor
    now: datetime

    @property
    def sheet_address(self) -> str:
        return f"{reverse('day-sheet')}?{urlencode({'on': self.on})}"

    def sessions(self) -> list[Session]:
        found = sessions_of(by=self.by, on=self.on, sites=self.sites)
        return [one for one in found if one.site_id == self.site.pk]


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.CORRECT)
def page(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    asked = _asked(request, actor)
    if asked is None or (request.method != "POST" and asked.on > asked.today):
        return redirect(asked.sheet_address if asked else "day-sheet")
    refuse_what_is_old(asked.on, today=asked.today, by=actor)
    sent, sessions = request.POST if request.method == "POST" else None, asked.sessions()
    saw(AuditAction.SAW_DAY, [one.patient.uuid for one in sessions], by=actor)
    entry = _entry(asked, sessions, _all_ticked(sent, sessions) if sent and "all" in sent else sent)
    if sent is None or any(button in sent for button in _LOOKS):
        return render(request, "scheduling/day/paper/enter.html", {"entry": entry})
    status = _save(entry, asked, sent)
    if status == 200:
        say(request, _saved_words(entry.saved))
        return redirect(asked.sheet_address)
    return render(request, "scheduling/day/paper/enter.html", {"entry": entry}, status=status)


def _asked(request: HttpRequest, by: Actor) -> _Asked | None:
    """At the site that is named, else at the first that has a session on that day, else at the first.

    None where the clinic has no site.
    """
    now = database_now()
    sites = [site for site in sites_of(by=by) if not site.is_retired(now)]
    on = date_asked(request.GET.get("on", ""), otherwise=today_at(sites=sites, now=now))
    named = request.GET.get("site", "")
    if named:
        site = find(Site.objects.seen_by(by), uuid=_id(named))
        return _Asked(on, today_at(sites=[site], now=now), site, sites, by, now)
    busy = {one.site_id for one in sessions_of(by=by, on=on, sites=sites)} if len(sites) > 1 else set()
    at_work = [one for one in sites if one.pk in busy] or sites
    if not at_work:
        return None
    return _Asked(on, today_at(sites=at_work, now=now), at_work[0], sites, by, now)


def _id(text: str) -> UUID:
    """What is no id is the id of nothing."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _entry(asked: _Asked, sessions: Sequence[Session], sent: QueryDict | None) -> EntryPage:
    sheet = Sheet(asked.on, asked.site.tz, on_offer(by=asked.by).practitioners)
    return EntryPage(
        on=asked.on,
        today=asked.today,
        sheet=sheet,
        site=asked.site,
        sites=asked.sites,
        rows=rows_of(sessions, sheet=sheet, today=asked.today, sent=sent),
        walk_ins=walk_in_forms(sent, sheet=sheet, by=asked.by, now=asked.now),
        why=WhyFields(sent),
    )


def _all_ticked(sent: QueryDict, sessions: Sequence[Session]) -> QueryDict:
    """As if everybody had been ticked of whom nothing is said yet."""
    said = sent.copy()
    for session in sessions:
        name = f"{session.uuid}-outcome"
        if not said.get(name):
            said[name] = Outcome.GIVEN.value
    return said


def _save(entry: EntryPage, asked: _Asked, sent: QueryDict) -> int:
    """Enter what can be, and say the rest beside its line; the status of the page that shows it, 200 if all
    is well."""
    entry.is_sent = True
    sent_rows = [row.form for row in entry.rows if row.form.is_bound]
    filled = [form for form in entry.walk_ins if form.is_said]
    every: list[_LineForm] = [*sent_rows, *filled]
    for form in every:
        form.ask_for_the_rest()
    entry.gone = _gone(said_of_others(sent, [row.session for row in entry.rows]), asked)
    if not entry.why.is_valid():
        return 422
    if not any(form.is_said for form in every) and not entry.gone:
        entry.why.add_error(None, gettext("Nothing is ticked yet. Tick what the sheet says, then save."))
        return 422
    good: list[_LineForm] = [form for form in every if form.is_valid() and form.is_said]
    day = PaperDay(asked.on, asked.site, entry.why.cleaned_data["why"])
    try:
        done = enter_day(day=day, lines=[form.line() for form in good], by=asked.by, now=asked.now)
    except Refused as refusal:
        return refuse_form(entry.why, refusal=refusal, fields={"correction_reason_missing": "why"})
    _note(entry, good, done)
    entry.saved = sum(one.refusal is None for one in done)
    if not entry.refused:
        return 200
    _show_anew(entry, asked, {form.prefix for form, one in zip(good, done, strict=True) if not one.refusal})
    return 422


def _note(entry: EntryPage, sent: Sequence[_LineForm], done: Sequence[Entered]) -> None:
    """Say each refusal on its line."""
    told = set()
    for form, one in zip(sent, done, strict=True):
        if one.refusal is not None:
            refuse_form(form, refusal=one.refusal, fields=form.places_of_refusals)
            if one.refusal.code == "changed_meanwhile":
                told.add(form.prefix)
    for row in entry.rows:
        row.is_told = row.form.prefix in told


def _show_anew(entry: EntryPage, asked: _Asked, saved: set[str | None]) -> None:
    """Sessions as they stand by now, with what was typed of those that were refused."""
    before = {row.session.pk: row for row in entry.rows}
    sessions = asked.sessions()
    saw(AuditAction.SAW_DAY, [one.patient.uuid for one in sessions], by=asked.by)
    entry.rows = rows_of(sessions, sheet=entry.sheet, today=asked.today)
    for row in entry.rows:
        was = before.get(row.session.pk)
        if was is not None and was.form.prefix not in saved and was.form.is_bound:
            row.form, row.is_told = was.form, was.is_told
    entry.walk_ins = [form for form in entry.walk_ins if form.prefix not in saved]


def _gone(others: set[UUID], asked: _Asked) -> list[str]:
    """What is said of sessions that are not on the sheet: moved meanwhile, or not the actor's to know of."""
    if not others:
        return []
    rows = list(Session.objects.seen_by(asked.by).filter(uuid__in=others).select_related("patient"))
    saw(AuditAction.SAW_SESSIONS, [row.patient.uuid for row in rows], by=asked.by)
    words = gettext("{patient} is not on this sheet any more, so nothing was noted.")
    said = [words.format(patient=isolated(row.patient)) for row in rows]
    if len(rows) < len(others):
        said.append(gettext("A line is of no session of this clinic, so nothing was noted."))
    return said


def _saved_words(count: int) -> str:
    return ngettext("{count} line is entered.", "{count} lines are entered.", count).format(count=count)
