"""What a mail says, sentence by sentence, in the language that is active.

What asks the patient for something ends with a full stop in every language: in plain text a colon and how to
reach the clinic may stand in its place.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scheduling.messages.letters.shown import Letterhead, NoticeShown, TimeShown
from scheduling.messages.payload import Comes

Words = Mapping[str, str]


def words_for(head: Letterhead, *, ask: str) -> dict[str, str]:
    """What every mail says: whom it greets, and what it asks for."""
    return {
        "greeting": _("Dear {name},").format(name=head.patient),
        "ask": ask,
        "ask_before": ask.removesuffix("."),
    }


def reminder_words(head: Letterhead, first: TimeShown, *, count: int, days: int | None) -> Words:
    """`days` is how far off the visits are; none where whose day it is would be a question."""
    said = _reminded(count, days)
    return {
        **words_for(head, ask=_("Can you not come? Please tell us as early as you can.")),
        "subject": said.subject.format(day=first.day, start=first.start, count=count),
        "says": said.says.format(clinic=head.clinic, count=count),
        "says_briefly": said.briefly.format(count=count),
        "attached": ngettext(
            "The attached file puts the visit into your calendar.",
            "The attached file puts the visits into your calendar.",
            count,
        ),
        "why": ngettext(
            "You get this mail because this visit is booked in your name. "
            "If you want no reminders, tell us and we send none.",
            "You get this mail because these visits are booked in your name. "
            "If you want no reminders, tell us and we send none.",
            count,
        ),
    }


@dataclass(frozen=True, slots=True)
class _Reminded:
    """`briefly` stands below the clinic's name."""

    subject: str
    says: str
    briefly: str


def _reminded(count: int, days: int | None) -> _Reminded:
    """What is today or tomorrow says so before anything else."""
    match days:
        case 0:
            return _Reminded(
                ngettext("Today at {start}: your visit", "Today: your {count} visits", count),
                ngettext(
                    "This is a reminder of your visit to {clinic} today.",
                    "This is a reminder of your {count} visits to {clinic} today.",
                    count,
                ),
                ngettext(
                    "This is a reminder of your visit today.",
                    "This is a reminder of your {count} visits today.",
                    count,
                ),
            )
        case 1:
            return _Reminded(
                ngettext("Tomorrow at {start}: your visit", "Tomorrow: your {count} visits", count),
                ngettext(
                    "This is a reminder of your visit to {clinic} tomorrow.",
                    "This is a reminder of your {count} visits to {clinic} tomorrow.",
                    count,
                ),
                ngettext(
                    "This is a reminder of your visit tomorrow.",
                    "This is a reminder of your {count} visits tomorrow.",
                    count,
                ),
            )
    return _Reminded(
        ngettext("Your visit on {day} at {start}", "Your {count} visits on {day}", count),
        ngettext(
            "This is a reminder of your visit to {clinic}.",
            "This is a reminder of your {count} visits to {clinic}.",
            count,
        ),
        ngettext("This is a reminder of your visit.", "This is a reminder of your {count} visits.", count),
    )


def offer_words(head: Letterhead, offered: TimeShown, *, until: TimeShown, booked: TimeShown | None) -> Words:
    kept = _("It is kept for you until {time}.").format(time=_at(until))
    return {
        **words_for(head, ask=_("Do you have a question? Please ask us.")),
        "subject": _("We can offer you {day} at {start}").format(day=offered.day, start=offered.start),
        "says": _("You wait for a time at {clinic}. This one has come free:").format(clinic=head.clinic),
        "says_briefly": _("You wait for a time. This one has come free."),
        "kept": kept,
        "answer": _("Take this time or decline it"),
        "button": _("Take it or decline it"),
        "stays": _("Until you take it, your visit stays as it is booked:") if booked else "",
        "booked": f"{_at(booked)}." if booked else "",
        "waits": "" if booked else _("If you do not take it, you go on waiting for the next one."),
        "by_hand": _(
            "If the button does nothing, open this address. It is yours alone: please do not pass it on."
        ),
        "yours_alone": _("The link is yours alone: please do not pass it on."),
        "why": _(
            "You get this mail because you asked us to tell you when a time comes free. "
            "If you wait no more, tell us and we send none."
        ),
    }


def notice_words(head: Letterhead, notice: NoticeShown) -> Words:
    count = len(notice.changes)
    if notice.moved:
        attached = _("The attached file brings your calendar up to date.")
        ask = ngettext(
            "Does it not suit you? Please tell us as early as you can.",
            "Does one of them not suit you? Please tell us as early as you can.",
            count,
        )
    else:
        attached = ngettext(
            "The attached file marks it as cancelled in your calendar.",
            "The attached file marks them as cancelled in your calendar.",
            count,
        )
        ask = _notice_ask(notice)
    return {
        **words_for(head, ask=ask),
        "subject": _notice_subject(notice),
        "next": _what_comes_next(notice) if notice.cancelled else "",
        "says": _notice_says(notice).format(count=count, clinic=head.clinic),
        "attached": attached,
        # Translators: stands where the earlier time of a visit would stand
        "was_off": _("cancelled"),
        "why": _notice_why(notice),
    }


def _notice_ask(notice: NoticeShown) -> str:
    if notice.comes is Comes.PAUSE:
        return _("Do you have a question, or would you like to go on earlier? Please tell us.")
    return _("Would you like another time, or do you want to come after all? Please tell us.")


def _what_comes_next(notice: NoticeShown) -> str:
    """What the patient can expect after what is cancelled; nothing of a visit that stood alone."""
    following = notice.following
    stays = _("Your next visit is on {day} at {start}.") if following else ""
    sentences = [stays.format(day=following.day, start=following.start) if following else ""]
    match notice.comes:
        case Comes.PAUSE:
            sentences.append(_("When your treatment goes on, we agree new times with you."))
        case Comes.NEW_TIME:
            sentences.append(_("For what is cancelled we will agree a new time with you."))
        case Comes.END if not following:
            sentences.append(_("Your treatment ends with this: no other visit of it is booked."))
    return " ".join(filter(None, sentences))


def _notice_subject(notice: NoticeShown) -> str:
    count, first = len(notice.changes), notice.changes[0]
    if notice.moved and notice.cancelled:
        subject = _("{count} of your visits have changed or are cancelled")
    elif notice.cancelled:
        subject = ngettext(
            "Your visit on {day} at {start} is cancelled", "{count} of your visits are cancelled", count
        )
    elif notice.is_all_moved:
        subject = ngettext(
            "Your visit has moved to {day} at {start}", "{count} of your visits have new times", count
        )
    else:
        subject = ngettext(
            "Your visit on {day} at {start} has changed", "{count} of your visits have changed", count
        )
    time = first.now.time if notice.moved else first.was
    return subject.format(count=count, day=time.day, start=time.start)


def _notice_says(notice: NoticeShown) -> str:
    count = len(notice.changes)
    if notice.moved and notice.cancelled:
        return _("{count} of your visits to {clinic} have changed or are cancelled.")
    if notice.cancelled and notice.comes is Comes.PAUSE:
        return ngettext(
            "Your treatment is paused, so this visit to {clinic} does not take place.",
            "Your treatment is paused, so these {count} visits to {clinic} do not take place.",
            count,
        )
    if notice.cancelled:
        return ngettext(
            "This visit to {clinic} is cancelled. You need not come.",
            "These {count} visits to {clinic} are cancelled. You need not come.",
            count,
        )
    if notice.is_all_moved:
        return ngettext(
            "Your visit to {clinic} has a new time.",
            "{count} of your visits to {clinic} have new times.",
            count,
        )
    return ngettext(
        "Your visit to {clinic} has changed.", "{count} of your visits to {clinic} have changed.", count
    )


def _notice_why(notice: NoticeShown) -> str:
    if notice.moved and notice.cancelled:
        return _(
            "You get this mail because these visits are or were booked in your name. "
            "If you want no messages, tell us and we send none."
        )
    if notice.cancelled:
        return ngettext(
            "You get this mail because this visit was booked in your name. "
            "If you want no messages, tell us and we send none.",
            "You get this mail because these visits were booked in your name. "
            "If you want no messages, tell us and we send none.",
            len(notice.cancelled),
        )
    return ngettext(
        "You get this mail because this visit is booked in your name. "
        "If you want no messages, tell us and we send none.",
        "You get this mail because these visits are booked in your name. "
        "If you want no messages, tell us and we send none.",
        len(notice.moved),
    )


def _at(time: TimeShown) -> str:
    """The start alone; where one clock could be taken for another, whose it is."""
    start = _("{day}, {start}").format(day=time.day, start=time.start)
    return f"{start} {time.in_city}" if time.in_city else start
