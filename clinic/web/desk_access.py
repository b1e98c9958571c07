"""Who may open a desk page: someone signed in, in their own clinic."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from clinic.actors import Actor, ActorKind, Role
from clinic.errors import NotAllowed
from clinic.models import Clinic, Membership, Resource, User


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the person at the screen sits; templates know it as `request.desk`."""

    clinic: Clinic
    actor: Actor
    practitioner: Resource | None


DeskView = Callable[..., HttpResponse]


def desk_page(view: DeskView) -> DeskView:
    """Let in who is signed in and belongs to a clinic; the view gets `actor` as a keyword.

    Others are sent to sign in, or told whom to ask (403).
    """

    @wraps(view)
    def page(request: HttpRequest, **named: object) -> HttpResponse:
        # Marked first: what fails from here on is answered with a page.
        setattr(request, "is_desk_page", True)  # noqa: B010  (a mark of ours on Django's object)
        user = request.user
        if not isinstance(user, User):
            return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
        desk = _desk_of(user)
        setattr(request, "desk", desk)  # noqa: B010  (and where they sit)
        return view(request, actor=desk.actor, **named)

    return page


def desk_of(request: HttpRequest) -> Desk:
    """The desk of a request that `desk_page` let in."""
    desk = getattr(request, "desk", None)
    if not isinstance(desk, Desk):
        raise TypeError("Only a view behind desk_page has a desk.")
    return desk


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
        reference=str(user.uuid),
        role=Role(membership.role),
        user_id=user.pk,
    )
    return Desk(clinic=membership.clinic, actor=actor, practitioner=membership.practitioner)
