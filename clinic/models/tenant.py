"""The tenant of every row: its clinic."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Self, TypeVar

from django.db import connections, models
from django.db.models.expressions import RawSQL

from clinic.identity.actors import Actor

Row = TypeVar("Row", bound=models.Model, covariant=True)
_PLAIN = (int, str, bool, type(None))


class TenantQuerySet(models.QuerySet[Row]):
    """Rows of many clinics; `of_clinic` is the only way into one, `seen_by` the only one for a request."""

    def of_clinic(self, clinic_id: int) -> Self:
        return self.filter(clinic_id=clinic_id)

    def seen_by(self, actor: Actor) -> Self:
        """Of the clinic's rows those the actor may know of: a practitioner's are their own patients'.

        Raises TypeError for a kind of row without a `care_path`: what nobody thought of stays shut.
        """
        kind: Any = self.model
        if not hasattr(kind, "care_path"):
            raise TypeError(f"{kind.__name__} does not say who may see it.")
        rows = self.of_clinic(actor.clinic_id)
        if not actor.sees_only_own_patients or kind.care_path is None:
            return rows
        if actor.practitioner_id is None:
            return rows.none()
        return rows.filter(**{f"{kind.care_path}__practitioner_id": actor.practitioner_id})

    def delete_in_slices(self, most: int = 500) -> int:
        """Delete the rows, at most so many in one transaction: nobody waits long for a lock meanwhile.

        How many went. What is interrupted has deleted whole slices, and goes on when it is asked again.
        """
        count = 0
        # In no order: whichever index finds them serves.
        keys = self.order_by().values_list("pk", flat=True)
        while some := list(keys[:most]):
            count += self.model._default_manager.filter(pk__in=some).delete()[0]
        return count

    def insert(
        self,
        rows: Iterable[Row],
        *,
        ignore_conflicts: bool = False,
        on_conflict: str = "",
        reckoned: Mapping[str, RawSQL] = MappingProxyType({}),
    ) -> None:
        """Write new rows with plain values and learn nothing back, not even their keys. One statement.

        `on_conflict` is what SQL does where such a row is there: its unique index, and what becomes of it.
        `reckoned` are columns that the database works out.
        """
        # Django's bulk_create asks every field of every row whether it is an expression: more time
        # than the database takes.
        written = list(rows)
        if not written:
            return
        columns: list[Any] = [one for one in self.model._meta.concrete_fields if not one.primary_key]
        fields = [one for one in columns if one.name not in reckoned]
        last = [one.column for name in reckoned for one in columns if one.name == name]
        params = [param for sql in reckoned.values() for param in sql.params]
        connection = connections[self.db]
        quote = connection.ops.quote_name
        row = f"({', '.join([*['%s'] * len(fields), *(sql.sql for sql in reckoned.values())])})"
        into = f"INSERT INTO {quote(self.model._meta.db_table)} "
        into += f"({', '.join(map(quote, [*(field.column for field in fields), *last]))}) VALUES "
        on_conflict = "DO NOTHING" if ignore_conflicts else on_conflict
        unless = f" ON CONFLICT {on_conflict}" if on_conflict else ""
        # As many as SQLite takes at once.
        size = connection.ops.bulk_batch_size(fields, written)
        with connection.cursor() as cursor:
            for first in range(0, len(written), size):
                batch = written[first : first + size]
                values = [v for of_row in _values(batch, fields, connection) for v in (*of_row, *params)]
                cursor.execute(f"{into}{', '.join([row] * len(batch))}{unless}", values)

    def rewrite(self, rows: Iterable[Row], *, fields: Sequence[str]) -> None:
        """Write these fields of rows that exist, whole rows in hand and locked, all at once."""
        # One UPDATE said many times, which drivers send without waiting between. Django's bulk_update
        # builds a CASE for every row and field, an upsert every column of every row.
        written = list(rows)
        if not written:
            return
        connection, meta = connections[self.db], self.model._meta
        quote = connection.ops.quote_name
        columns: list[Any] = [meta.get_field(name) for name in fields]
        settings = ", ".join(f"{quote(field.column)} = %s" for field in columns)
        update = f"UPDATE {quote(meta.db_table)} SET {settings} WHERE {quote('id')} = %s"  # nosec # our own table
        with connection.cursor() as cursor:
            values = _values(written, columns, connection)
            cursor.executemany(update, [[*said, row.pk] for said, row in zip(values, written, strict=True)])


def _values(rows: Iterable[models.Model], fields: Sequence[Any], connection: Any) -> Iterator[list[Any]]:
    """What drivers are given of each row: they take plain values as they are, unless those become JSON."""
    columns = [
        (one.attname, one.get_db_prep_save, () if isinstance(one, models.JSONField) else _PLAIN)
        for one in fields
    ]
    for row in rows:
        yield [
            value if type(value := getattr(row, name)) in plain else prepared(value, connection)
            for name, prepared, plain in columns
        ]


class TenantRow(models.Model):
    """A row that belongs to one clinic.

    A kind that requests may see declares `care_path`: how its patient's `Care` is reached, or None when
    everyone in the clinic may see it.
    """

    care_path: ClassVar[str | None]

    clinic = models.ForeignKey("clinic.Clinic", on_delete=models.PROTECT, related_name="+")

    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True


class PublicRow(TenantRow):
    """A row the outside may name, by its UUID."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True
