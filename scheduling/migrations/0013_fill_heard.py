"""What waits to be told says what patients believe; of all else they believe what is so. It sends no mail."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from django.db import migrations
from django.utils import timezone

AT_ONCE = 1000
AHEAD = ("booked", "confirmed")
UNTOLD = ("waiting", "failed", "too_late")
# Of a mail that was given up longer ago than calls are shown, nobody needs to hear any more.
LOOK_BACK = timedelta(days=90)


def lead_of(session):
    """Who has the last of the patient's time, as the session was booked."""
    serving = defaultdict(list)
    minutes = (session.ends_at - session.starts_at) // timedelta(minutes=1)
    for part in session.cast:
        start, end = max(part["starts_minute"], 0), min(part["ends_minute"], minutes)
        if part["kind"] == "practitioner" and start < end:
            serving[part["resource"]].append((start, end, part["name"]))
    if not serving:
        return ""
    last = max(
        serving.values(), key=lambda mine: (max(e for _, e, _ in mine), sum(e - s for s, e, _ in mine))
    )
    return last[0][2]


class Believed:
    """What rows of `Heard` are to say."""

    def __init__(self, apps):
        self.heard = apps.get_model("scheduling", "Heard")
        self.sites = apps.get_model("clinic", "Site").objects
        self.at = timezone.now()

    def row(self, session, said):
        """As it stands, but for what the message says that it told from."""
        starts_at, ends_at, site, lead = session.starts_at, session.ends_at, session.site_id, lead_of(session)
        if said:
            starts_at = datetime.fromisoformat(said["was_at"])
            until = said.get("was_until")
            ends_at = (
                datetime.fromisoformat(until) if until else starts_at + (session.ends_at - session.starts_at)
            )
            lead = said.get("was_with") or lead
            if said.get("was_site"):
                named = self.sites.filter(clinic_id=session.clinic_id, name=said["was_site"])
                site = named.values_list("pk", flat=True).first() or site
        facts = {"starts_at": starts_at, "ends_at": ends_at, "lead": lead, "is_off": False}
        written = {
            **facts,
            "starts_at": starts_at.astimezone(UTC).isoformat(),
            "ends_at": ends_at.astimezone(UTC).isoformat(),
            "site": site,
        }
        return self.heard(
            clinic_id=session.clinic_id,
            session_id=session.pk,
            site_id=site,
            at=self.at,
            by_message=written,
            **facts,
        )


def holds(message, session, said):
    """Whether what a message was to say of the session is so."""
    is_so = session.status == "cancelled" if message.kind == "cancelled" else session.status in AHEAD
    has_time = session.starts_at is not None and session.site_id is not None
    return (
        is_so
        and has_time
        and session.patient_id == message.patient_id
        and session.sequence == said["sequence"]
    )


def untold_by_session(apps):
    """By session, what is still to be told of it; and the messages that say so."""
    messages = apps.get_model("scheduling", "Message").objects.filter(
        kind__in=("moved", "cancelled"), state__in=UNTOLD
    )
    rows = list(messages.exclude(due_at__lt=timezone.now() - LOOK_BACK, state__in=UNTOLD[1:]).order_by("pk"))
    uuids = {UUID(said["session"]) for row in rows for said in row.about.get("visits", ())}
    sessions = {}
    for one in apps.get_model("scheduling", "Session").objects.filter(uuid__in=uuids):
        sessions[str(one.uuid)] = one
    found, telling = {}, []
    for row in rows:
        said = [
            (sessions[one["session"]], one)
            for one in row.about.get("visits", ())
            if one["session"] in sessions and holds(row, sessions[one["session"]], one)
        ]
        found |= {session.pk: (session, one) for session, one in said}
        if said or row.state == "waiting":
            telling.append(row)
    return found, telling


def fill(apps, editor):
    believed = Believed(apps)
    untold, telling = untold_by_session(apps)
    rows = [believed.row(session, said) for session, said in untold.values()]
    known = apps.get_model("scheduling", "Session").objects.filter(
        status__in=(*AHEAD, "arrived"), starts_at__isnull=False, site__isnull=False
    )
    for session in known.order_by("pk").iterator(AT_ONCE):
        if session.pk not in untold:
            rows.append(believed.row(session, None))
        if len(rows) >= AT_ONCE:
            believed.heard.objects.bulk_create(rows)
            rows = []
    believed.heard.objects.bulk_create(rows)
    become_notices(telling)


def become_notices(telling):
    """One waits for each patient and course: what several were to say, it finds out when it goes out."""
    waiting = {}
    for row in telling:
        course = row.patient_id, row.plan_id
        first = waiting.get(course)
        if row.state == "waiting" and first is not None:
            first.due_at = min(first.due_at, row.due_at)
            first.useful_until = max(first.useful_until, row.useful_until)
            first.save(update_fields=["due_at", "useful_until"])
            row.state, row.lease_until = "void", None
            row.last_problem = "One mail says how it stands."
        else:
            row.kind, row.session_id = "notice", None
            if row.state == "waiting":
                waiting[course] = row
        row.save(update_fields=["kind", "session", "state", "lease_until", "last_problem"])


def as_untold(heard, sites):
    """What a message is to say of the session; nothing if its patient knows how it stands."""
    session, was = heard.session, heard.by_message
    starts_at, ends_at = (datetime.fromisoformat(was[name]) for name in ("starts_at", "ends_at"))
    lead = lead_of(session) if session.starts_at else ""
    is_off = session.status == "cancelled"
    stands = session.starts_at, session.ends_at, session.site_id, lead
    is_known = (starts_at, ends_at, was["site"], was["lead"]) == stands or session.status not in AHEAD
    if was["is_off"] or (is_known and not is_off):
        return None
    site = None if was["site"] == session.site_id else sites.get(pk=was["site"])
    return {
        "session": str(session.uuid),
        "sequence": session.sequence,
        "is_off": is_off,
        "was_at": starts_at.isoformat(),
        "was_until": ends_at.isoformat(),
        "was_site": site.name if site else "",
        "was_zone": site.zone if site else "",
        "was_with": was["lead"] if was["lead"] != lead else "",
    }


def empty(apps, editor):
    """Notices become what the code before knows: a message of what moved, and one of what is off."""
    heard = apps.get_model("scheduling", "Heard").objects
    sites = apps.get_model("clinic", "Site").objects
    sessions = apps.get_model("scheduling", "Session").objects
    for row in apps.get_model("scheduling", "Message").objects.filter(kind="notice").order_by("pk"):
        told = row.about.get("visits", ())
        if row.state in UNTOLD:
            of_course = heard.filter(session__patient=row.patient_id, session__plan=row.plan_id)
            rows = of_course.exclude(by_message=None).select_related("session").order_by("pk")
            told = [said for one in rows if (said := as_untold(one, sites))]
        if row.state == "waiting" and not told:
            row.state, row.last_problem = "void", "The patient knows how it stands."
        by_kind = {
            "moved": [one for one in told if not one["is_off"]],
            "cancelled": [one for one in told if one["is_off"]],
        }
        for kind, visits in by_kind.items():
            if visits or (kind == "moved" and not told):
                row.kind, row.about = kind, {"visits": visits}
                row.session = sessions.filter(uuid=visits[0]["session"]).first() if visits else None
                row.save()
                # What is off besides is told by a message of its own.
                row.pk, row.uuid = None, uuid4()
                row.key = f"cancelled:{row.uuid}"
    heard.all().delete()


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0012_heard")]

    operations = [migrations.RunPython(fill, empty)]
