"""The proof that a test left every diary sound.

`tests/conftest.py` calls it after each test that had a database, unless the test is marked
`damages_diaries`: by then the test is over, and its transaction is not rolled back yet.
"""

from scheduling.diaries.integrity import flaws


def assert_diaries_are_sound() -> None:
    """Pages = claims, nothing overlaps, every session has its time, no row points across clinics."""
    found = list(flaws())
    assert not found, "\n".join(["The diaries are not sound:", *found])
