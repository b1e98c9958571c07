"""The plan of the house: which module stands in which room. A new module is entered here first."""

# Downward: a room may use itself and what stands after it, in its own storey and in those below.
ORDER = ("edges", "web", "use cases", "reads", "models", "pure", "errors")

# A package stands for everything in it. What is listed more exactly counts.
ROOMS: dict[str, dict[str, tuple[str, ...]]] = {
    "clinic": {
        "errors": ("clinic.errors",),
        "pure": (
            "clinic.identity.actors",
            "clinic.time.cells",
            "clinic.time.intervals",
            "clinic.time.wall_clock",
            "clinic.people.external_id_kinds",
            "clinic.hours.opening",
            "clinic.identity.permissions",
            "clinic.plain_text",
            "clinic.hours.public_holidays",
            "clinic.identity.tokens",
        ),
        "models": ("clinic.models",),
        "reads": (
            "clinic.lookup",
            "clinic.hours.working_time",
            "clinic.places.sites",
            "clinic.audit_trail.read",
        ),
        "use cases": (
            "clinic.access.accounts",
            "clinic.audit_trail.write",
            "clinic.changelog",
            "clinic.people.care",
            "clinic.audit_trail.erasure_ledger",
            "clinic.people.external_ids",
            "clinic.places.founding",
            "clinic.access.policy",
            "clinic.access.invitations",
            "clinic.access.keys",
            "clinic.access.account_mail",
            "clinic.access.members",
            "clinic.people.patients",
            "clinic.audit_trail.retention",
            "clinic.hours.absences",
            "clinic.hours.rota",
            "clinic.every_clinic",
            "clinic.audit_trail.seals",
            "clinic.access.shared_desk",
            "clinic.audit_trail.verify",
        ),
        # What the pages and endpoints of every storey are furnished with.
        "web": ("clinic.web",),
        "edges": ("clinic.api", "clinic.desk", "clinic.management"),
    },
    "treatments": {
        "pure": (
            "treatments.cadence",
            "treatments.catalogue_files.rules",
            "treatments.catalogue_files.text",
            "treatments.wishes",
        ),
        "models": ("treatments.models",),
        "reads": ("treatments.versions.cache",),
        "use cases": (
            "treatments.catalogue_files.load",
            "treatments.concerns",
            "treatments.versions.freeze",
            "treatments.prescribing",
        ),
        "edges": ("treatments.api", "treatments.management"),
    },
    "scheduling": {
        "pure": (
            "scheduling.engine.availability",
            "scheduling.icalendar.text",
            "scheduling.importing.csv_tables",
            "scheduling.engine.ordinals",
            "scheduling.reports.deviation",
            "scheduling.engine.search_dates",
            "scheduling.importing.lines",
            "scheduling.icalendar.languages",
            "scheduling.engine.placement",
            "scheduling.engine.costs",
            "scheduling.engine.placed",
            "scheduling.messages.reminder_times",
            "scheduling.engine.reseating",
            "scheduling.engine.booking_rules",
            "scheduling.engine.same_hour",
            "scheduling.icalendar.vevents",
            "scheduling.engine.why_nothing_fits",
        ),
        "models": ("scheduling.models",),
        "reads": (
            "scheduling.reports.adherence",
            "scheduling.reports.agenda",
            "scheduling.reseating.movable",
            "scheduling.diaries.bitmaps",
            "scheduling.reports.capacity",
            "scheduling.diaries.assignment",
            "scheduling.search.candidates",
            "scheduling.courses.course",
            "scheduling.reseating.conflicts",
            # It writes claims and pages too, and nobody else does.
            "scheduling.diaries.site_diaries",
            "scheduling.importing.lookup",
            "scheduling.importing.placing",
            "scheduling.disruption.affected_sessions",
            "scheduling.messages.letters",
            "scheduling.messages.compose",
            "scheduling.search.single_start",
            "scheduling.search.proposal",
            "scheduling.messages.payload",
            "scheduling.messages.offer_links",
            "scheduling.search.tokens",
            "scheduling.disruption.delay_preview",
            "scheduling.attendance.unresolved",
            "scheduling.search.relaxations",
            "scheduling.moving.ripple_placement",
            "scheduling.moving.ripple_search",
            "scheduling.moving.ripple",
            "scheduling.search.with_reseating",
            "scheduling.search.propose",
            "scheduling.reseating.seats",
            "scheduling.courses.states",
            "scheduling.diaries.requirements",
            "scheduling.search.site_search",
            "scheduling.courses.as_booked",
            "scheduling.search.free_starts",
            "scheduling.disruption.substitutes",
            "scheduling.waitlist.matching",
        ),
        "use cases": (
            "scheduling.disruption.absences",
            "scheduling.course_changes.amend",
            "scheduling.courses.attempts",
            "scheduling.attendance.attend",
            "scheduling.attendance.desk_act",
            "scheduling.booking.book_course",
            "scheduling.course_changes.cancel",
            "scheduling.attendance.completion",
            "scheduling.diaries.integrity",
            "scheduling.disruption.clear_absence",
            "scheduling.courses.prescribe",
            "scheduling.course_changes.elsewhere",
            "scheduling.course_changes.ending",
            "scheduling.disruption.delays",
            "scheduling.privacy.reapply_erasures",
            "scheduling.icalendar.feeds",
            "scheduling.booking.freed_time",
            "scheduling.booking.release",
            "scheduling.booking.holds",
            "scheduling.importing.writing",
            "scheduling.importing.run",
            "scheduling.messages.sending",
            "scheduling.moving.move",
            "scheduling.course_changes.frame",
            "scheduling.moving.retime",
            "scheduling.messages.outbox",
            "scheduling.privacy.export",
            "scheduling.attendance.numbering",
            "scheduling.waitlist.offers",
            "scheduling.privacy.erasure",
            "scheduling.course_changes.pause",
            "scheduling.attendance.repeats",
            "scheduling.privacy.retention",
            "scheduling.attendance.change_type",
            "scheduling.course_changes.concerns",
            "scheduling.courses.policy",
            "scheduling.search.policy",
            "scheduling.courses.rhythm",
            "scheduling.reseating.apply",
            "scheduling.messages.send_checks",
            "scheduling.attendance.actual_cast",
            "scheduling.messages.smtp",
            "scheduling.booking.reserve",
            "scheduling.messages.notices",
            "scheduling.messages.call_list",
            "scheduling.attendance.undo",
            "scheduling.booking.single_session",
            "scheduling.waitlist.queue",
            "scheduling.attendance.walk_in",
            "scheduling.courses.windows",
        ),
        "edges": (
            "scheduling.api",
            "clinic.web.database_clock",
            "scheduling.demo",
            "scheduling.desk",
            "scheduling.management",
            "scheduling.sync",
            "scheduling.tasks",
        ),
    },
}

# The project's wiring names upper storeys only as strings; only wiring and commands import it.
WIRING = (
    "clinic.apps",
    "clinic.asgi",
    "clinic.celery",
    "clinic.running",
    "clinic.settings",
    "clinic.urls",
    "clinic.wsgi",
    "scheduling.apps",
    "treatments.apps",
)


def _is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def is_wiring(module: str) -> bool:
    return any(_is_in(module, package) for package in WIRING)


def room_of(module: str) -> tuple[str, str] | None:
    """(storey, room) of the module; None for wiring, bare packages and what nobody has entered."""
    found = [
        (len(package), storey, room)
        for storey, rooms in ROOMS.items()
        for room, packages in rooms.items()
        for package in packages
        if _is_in(module, package)
    ]
    if not found:
        return None
    _, storey, room = max(found)
    return storey, room
