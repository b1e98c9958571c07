"""The plan of the house: which module stands in which room. A new module is entered here first."""

# Downward: a room may use itself and what stands after it, in its own storey and in those below.
ORDER = ("edges", "web", "use cases", "reads", "models", "pure", "errors")

# A package stands for everything in it. What is listed more exactly counts.
ROOMS: dict[str, dict[str, tuple[str, ...]]] = {
    "clinic": {
        "errors": ("clinic.errors",),
        "pure": (
            "clinic.actors",
            "clinic.cells",
            "clinic.intervals",
            "clinic.localtime",
            "clinic.opening",
            "clinic.permissions",
            "clinic.plain_text",
            "clinic.public_holidays",
            "clinic.tokens",
        ),
        "models": ("clinic.models",),
        "reads": ("clinic.lookup", "clinic.open_hours", "clinic.sites", "clinic.trail"),
        "use cases": (
            "clinic.accounts",
            "clinic.audit",
            "clinic.care",
            "clinic.erasure_ledger",
            "clinic.founding",
            "clinic.house_rules",
            "clinic.invitations",
            "clinic.keys",
            "clinic.letters",
            "clinic.members",
            "clinic.patients",
            "clinic.retention",
            "clinic.rota",
            "clinic.rounds",
            "clinic.sealing",
            "clinic.shared_desk",
            "clinic.verifying",
        ),
        # What the pages and endpoints of every storey are furnished with.
        "web": ("clinic.web",),
        "edges": ("clinic.api", "clinic.desk", "clinic.management"),
    },
    "treatments": {
        "pure": (
            "treatments.cadence",
            "treatments.catalogue_rules",
            "treatments.catalogue_text",
            "treatments.wishes",
        ),
        "models": ("treatments.models",),
        "reads": ("treatments.frozen",),
        "use cases": ("treatments.catalogue_loading", "treatments.freezing", "treatments.prescribing"),
        "edges": ("treatments.api", "treatments.desk", "treatments.management"),
    },
    "scheduling": {
        "pure": (
            "scheduling.availability",
            "scheduling.calendar_text",
            "scheduling.horizons",
            "scheduling.languages",
            "scheduling.placement",
            "scheduling.preferences",
            "scheduling.proposals",
            "scheduling.reminder_times",
            "scheduling.reseating",
            "scheduling.rules",
            "scheduling.same_hour",
            "scheduling.sync.ical.mapping",
            "scheduling.why_not",
        ),
        "models": ("scheduling.models",),
        "reads": (
            "scheduling.agenda",
            "scheduling.booked_seats",
            "scheduling.busy_time",
            "scheduling.casting",
            "scheduling.choice",
            "scheduling.course_sessions",
            "scheduling.crowding",
            # It writes claims and pages too, and nobody else does.
            "scheduling.diary",
            "scheduling.mail_text",
            "scheduling.naming",
            "scheduling.proposal_tokens",
            "scheduling.relaxing",
            "scheduling.roomier",
            "scheduling.search",
            "scheduling.session_states",
            "scheduling.shapes",
            "scheduling.site_search",
            "scheduling.starts",
        ),
        "use cases": (
            "scheduling.booking",
            "scheduling.changes",
            "scheduling.check_diary",
            "scheduling.courses",
            "scheduling.erasing_again",
            "scheduling.feeding",
            "scheduling.giving_back",
            "scheduling.holding",
            "scheduling.messaging",
            "scheduling.outbox",
            "scheduling.patient_export",
            "scheduling.patient_rights",
            "scheduling.retention",
            "scheduling.search_rules",
            "scheduling.seating",
            "scheduling.smtp_post",
            "scheduling.taking_time",
            "scheduling.visits",
        ),
        "edges": (
            "scheduling.api",
            "scheduling.database_clock",
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
