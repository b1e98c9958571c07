"""Who may open a desk page: someone signed in, in their own clinic."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from clinic.actors import Actor, ActorKind, Role, Way
from clinic.errors import NotAllowed
from clinic.models import Membership, User
from clinic.permissions import Act, refuse_unless_may
from clinic.web.at_desk import Desk

DeskView = Callable[..., HttpResponse]
Gate = Callable[[HttpRequest, Desk], HttpResponse | None]
# Each may answer in place of the page, in this order.
_GATES: tuple[Gate, ...] = ()


def desk_page(act: Act) -> Callable[[DeskView], DeskView]:
    """Let in who is signed in, belongs to a clinic and may do the act; the view gets `actor` as a keyword.

    Others are sent to sign in, or told whom to ask (403).
    """

    def guard(view: DeskView) -> DeskView:
        @wraps(view)
        def page(request: HttpRequest, **named: object) -> HttpResponse:
            # Marked first: what fails from here on is answered with a page.
            setattr(request, "is_desk_page", True)  # noqa: B010  (a mark of ours on Django's object)
            user = request.user
            if not isinstance(user, User):
                return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
            desk = _desk_of(user)
            setattr(request, "desk", desk)  # noqa: B010  (and where they sit)
            for gate in _GATES:
                if (answer := gate(request, desk)) is not None:
                    return answer
            refuse_unless_may(by=desk.actor, act=act)
            return view(request, actor=desk.actor, **named)

        # The tests walk the list of paths and ask each door what it needs.
        setattr(page, "act", act)  # noqa: B010  (a mark of ours on a function)
        return page

    return guard


def _desk_of(user: User) -> Desk:
    """The user's first membership says which clinic; one query."""
    membership = (
        Membership.objects.filter(user=user).select_related("clinic", "practitioner").order_by("pk").first()
    )
    if membership is None:
        raise NotAllowed(
            "no_membership",
            "Your account belongs to no clinic yet. Ask your administrator, then reload this page.",
        )
    actor = Actor(
        clinic_id=membership.clinic_id,
        kind=ActorKind.USER,
        label=str(user),
        way=Way.PAGE,
        reference=str(user.uuid),
        role=Role(membership.role),
        practitioner_id=membership.practitioner_id,
        user_id=user.pk,
    )
    return Desk(clinic=membership.clinic, actor=actor, practitioner=membership.practitioner)
