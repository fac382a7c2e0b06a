"""Those who can be given something, be asked or be mentioned."""

from collections.abc import Collection

from django.db.models import Case, Q, QuerySet, Value, When

from accounts.models import Actor, Workspace

# As many are listed at once; the others are found by their names.
MOST = 100


def everyone(workspace: Workspace) -> QuerySet[Actor]:
    """The members and agents at work in a workspace."""
    return Actor.objects.filter(workspace=workspace, active=True).exclude(kind=Actor.Kind.SYSTEM)


def colleagues(workspace: Workspace, *, q: str = "", first: Collection[str] = ()) -> list[Actor]:
    """The members and agents of a workspace, by kind and name, at most `MOST` and the `first`.

    `first` are handles that lead the list whatever else is on it. `q` leaves of the others
    those whose handle begins with it or whose name has it. One query.
    """
    actors = everyone(workspace)
    named = Q(handle__in=first)
    if q:
        actors = actors.filter(named | Q(handle__istartswith=q) | Q(name__icontains=q))
    turn = Case(When(named, then=Value(0)), default=Value(1))
    return list(actors.order_by(turn, "kind", "name")[: MOST + len(first)])
