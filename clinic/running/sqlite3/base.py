"""SQLite whose write lock goes to the threads of this process in the order in which they ask.

SQLite's own waiting is not fair: whoever waits looks again ever less often, and of two hundred rivals some
waited ten times as long as the others. Between processes it is as it was.
"""

from collections import defaultdict

from django.db import OperationalError
from django.db.backends.sqlite3 import base

from clinic.running.sqlite3.schema import SchemaEditor
from clinic.running.sqlite3.turns import Turns

_SECONDS = 5.0
_turns: defaultdict[str, Turns] = defaultdict(Turns)


class DatabaseWrapper(base.DatabaseWrapper):
    """Begins a transaction when it is its turn, and gives the turn up with the transaction."""

    SchemaEditorClass = SchemaEditor
    _has_turn = False

    def _start_transaction_under_autocommit(self) -> None:
        seconds = float(self.settings_dict["OPTIONS"].get("timeout", _SECONDS))
        if not self._turns.take(within_seconds=seconds):
            raise OperationalError("database is locked")
        self._has_turn = True
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # the stubs leave it out
        except BaseException:
            self._give_up_turn()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]  # the stubs leave it out
        self._give_up_turn()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]  # the stubs leave it out
        finally:
            self._give_up_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]  # the stubs leave it out
        finally:
            self._give_up_turn()

    @property
    def _turns(self) -> Turns:
        return _turns[str(self.settings_dict["NAME"])]

    def _give_up_turn(self) -> None:
        if self._has_turn:
            self._has_turn = False
            self._turns.give_up()
