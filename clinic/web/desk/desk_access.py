"""Access to desk pages: for someone signed in, in their own clinic."""

from collections.abc import Callable, Sequence
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from clinic.access.accounts import actor_as, seats_of
from clinic.access.shared_desk import refuse_by_pin
from clinic.errors import NotAllowed
from clinic.identity.permissions import NOT_BY_PIN, Act, refuse_unless_may
from clinic.models import Membership, User
from clinic.sentences import sentence as _
from clinic.web.desk.at_desk import Desk, Kept
from clinic.web.desk.by_pin import is_by_pin
from clinic.web.desk.idle_lock import idle_lock, is_unattended
from clinic.web.desk.inputs import days_as_in
from clinic.web.desk.notices import leave_waiting
from clinic.web.desk.own_sessions import seen
from clinic.web.desk.second_factor import second_factor
from clinic.web.in_place import is_in_place, signed_out, wants_json
from clinic.web.retrying import retried

DeskView = Callable[..., HttpResponseBase]
Gate = Callable[[HttpRequest, Desk], HttpResponse | None]
# Each may answer in place of the page, in this order.
_GATES: tuple[Gate, ...] = (idle_lock, seen, second_factor)
# Pages about one's own account are where what a gate asks for is done.
_NOT_FOR_ACCOUNTS = frozenset({second_factor})
# The clinic a person of several has chosen, in their session.
CHOSEN_CLINIC = "clinic"


def desk_page(act: Act) -> Callable[[DeskView], DeskView]:
    """Let in who is signed in, belongs to a clinic and may do the act; the view gets `actor` as a keyword.

    Others are sent to sign in, or told whom to ask (403). Some acts want more than a PIN.
    """

    def guard(view: DeskView) -> DeskView:
        @wraps(view)
        def page(request: HttpRequest, **named: object) -> HttpResponseBase:
            # Marked first: what fails from here on is answered with a page.
            setattr(request, "is_desk_page", True)  # noqa: B010  (a mark of ours on Django's object)
            user = request.user
            if not isinstance(user, User):
                return _to_sign_in(request, otherwise="/")
            desk = _desk_of(request, user)
            if desk is None:
                raise NotAllowed(
                    "no_membership",
                    _(
                        "Your account belongs to no clinic yet. Ask your administrator, then "
                        "reload this page."
                    ),
                )
            setattr(request, "desk", desk)  # noqa: B010  (and where they sit)
            if (answer := _stopped(request, desk, _GATES)) is not None:
                return answer
            if is_unattended(request):
                leave_waiting(request)
            refuse_unless_may(by=desk.actor, act=act)
            refuse_by_pin(is_by_pin=act in NOT_BY_PIN and is_by_pin(request))
            with days_as_in(desk.country):
                return retried(lambda: view(request, actor=desk.actor, **named))

        # The tests walk the list of paths and ask each door what it needs.
        setattr(page, "act", act)  # noqa: B010  (a mark of ours on a function)
        return page

    return guard


def account_page(view: DeskView) -> DeskView:
    """Let in who signed in fully: the page is about their own account. A PIN alone is told so (403)."""

    @signed_in_page
    @wraps(view)
    def page(request: HttpRequest, **named: object) -> HttpResponseBase:
        refuse_by_pin(is_by_pin=is_by_pin(request))
        return view(request, **named)

    return page


def signed_in_page(view: DeskView) -> DeskView:
    """Let in who is signed in, by PIN too, whatever they may do at a desk."""

    @wraps(view)
    def page(request: HttpRequest, **named: object) -> HttpResponseBase:
        setattr(request, "is_desk_page", True)  # noqa: B010  (as above)
        user = request.user
        if not isinstance(user, User):
            return _to_sign_in(request, otherwise="/account/")
        desk = _desk_of(request, user)
        if desk is not None:
            setattr(request, "desk", desk)  # noqa: B010  (as above)
            gates = tuple(gate for gate in _GATES if gate not in _NOT_FOR_ACCOUNTS)
            if (answer := _stopped(request, desk, gates)) is not None:
                return answer
        return view(request, **named)

    setattr(page, "is_own_account", True)  # noqa: B010  (a mark of ours on a function)
    return page


def chosen_of(memberships: Sequence[Membership], session: Kept) -> Membership:
    """Where the user works: in the clinic they chose, else in the first of these."""
    chosen = session.get(CHOSEN_CLINIC)
    return next((row for row in memberships if str(row.clinic.uuid) == chosen), memberships[0])


def _to_sign_in(request: HttpRequest, *, otherwise: str) -> HttpResponse:
    """What was only looked at is shown after that; what was sent in place waits where it was typed."""
    if is_in_place(request) or wants_json(request):
        return signed_out(request)
    return redirect_to_login(request.get_full_path() if request.method == "GET" else otherwise)


def _stopped(request: HttpRequest, desk: Desk, gates: tuple[Gate, ...]) -> HttpResponse | None:
    return next((answer for gate in gates if (answer := gate(request, desk)) is not None), None)


def _desk_of(request: HttpRequest, user: User) -> Desk | None:
    """In the clinic the user chose; if they chose none, or are there no more, in their oldest. One query.

    It comes before all others: what a page shows is never older than the change it names.
    """
    seats = {seat.membership: seat for seat in seats_of(user)}
    if not seats:
        return None
    here = chosen_of(list(seats), request.session)
    return Desk(
        clinic=here.clinic,
        actor=actor_as(here, user=user),
        practitioner=here.practitioner,
        has_other_clinics=len(seats) > 1,
        country=seats[here].country,
        last_change=seats[here].last_change,
    )
