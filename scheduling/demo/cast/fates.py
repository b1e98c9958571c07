"""Fates: each kind with its share of a hundred, and every kind once before long."""

from collections.abc import Collection, Mapping
from random import Random

# Of the draws at first so many are by luck before one brings what has not been seen yet.
_PATIENCE = 1


class Fates:
    """Draws kinds by their shares. Each kind comes early once, so that a small demo sees all of them."""

    def __init__(self, shares: Mapping[str, float]) -> None:
        self._shares = shares
        self._unseen = list(shares)
        self._patience = _PATIENCE

    def draw(self, chance: Random, *, among: Collection[str]) -> str | None:
        """One of those that may be; None: nothing out of the ordinary."""
        drawn = self._by_luck(chance, among)
        if drawn is None:
            drawn = self._unseen_yet(among)
        if drawn in self._unseen:
            self._unseen.remove(drawn)
        return drawn

    def came_to_nothing(self, kind: str) -> None:
        """It was drawn and could not be: it is still to be seen."""
        self._unseen.append(kind)

    def _by_luck(self, chance: Random, among: Collection[str]) -> str | None:
        left = 100 * chance.random()
        for kind, share in self._shares.items():
            left -= share
            if left < 0:
                return kind if kind in among else None
        return None

    def _unseen_yet(self, among: Collection[str]) -> str | None:
        wanted = [kind for kind in self._unseen if kind in among]
        if not wanted:
            return None
        if self._patience > 0:
            self._patience -= 1
            return None
        self._patience = _PATIENCE
        return wanted[0]
