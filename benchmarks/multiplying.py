"""Rows by the hundred thousand: one row as the service wrote it, written again with some columns reckoned."""

from collections.abc import Mapping

from django.db import connection, models

_SERIES = {
    "postgresql": "generate_series(0, {last}) AS series(n)",
    "sqlite": (
        "(WITH RECURSIVE series(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM series WHERE n < {last}) "
        "SELECT n FROM series) AS series"
    ),
}
_UUID = {"postgresql": "gen_random_uuid()", "sqlite": "lower(hex(randomblob(16)))"}
_DAY = {
    "postgresql": "(DATE '{first}' + ({days})::int)",
    "sqlite": "date('{first}', '+' || ({days}) || ' days')",
}


def multiply(row: models.Model, count: int, reckoned: Mapping[str, str]) -> None:
    """Write the row so often; `reckoned` are columns as SQL of `n`, which counts from 0."""
    meta, quote = row._meta, connection.ops.quote_name
    columns = [str(field.column) for field in meta.concrete_fields if not field.primary_key]
    said = {"uuid": _UUID[connection.vendor], **reckoned}
    values = [said.get(column, f"template.{quote(column)}") for column in columns]
    series = _SERIES[connection.vendor].format(last=count - 1)
    table = quote(meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(map(quote, columns))}) "
            f"SELECT {', '.join(values)} FROM {table} AS template, {series} WHERE template.id = %s",
            [row.pk],
        )


def day(first: str, days: str) -> str:
    """A date so many days after the first, as SQL; `days` is SQL of `n`."""
    return _DAY[connection.vendor].format(first=first, days=days)
