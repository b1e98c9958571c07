"""Slips of typing between two words: a letter wrong, too much, left out, or two neighbours swapped. Pure.

The distance is that of optimal string alignment (Damerau, Levenshtein): no letter slips twice.
"""


def slips_allowed(typed: str) -> int:
    """None in one or two letters, one in a short word, two in a long one."""
    return 0 if len(typed) < 3 else 1 if len(typed) < 8 else 2


def slips_between(typed: str, word: str, *, most: int) -> int | None:
    """How many slips make the one of the other; None if more than `most`."""
    if abs(len(typed) - len(word)) > most:
        return None
    typed, word = _without_shared_end(*_without_shared_beginning(typed, word))
    return _at_most(_last_row(typed, word)[-1], most)


def slips_to_beginning(typed: str, word: str, *, most: int) -> int | None:
    """The same for the beginning of the word that is the nearest."""
    if len(typed) - len(word) > most:
        return None
    typed, word = _without_shared_beginning(typed, word[: len(typed) + most])
    return _at_most(min(_last_row(typed, word)), most)


def _at_most(slips: int, most: int) -> int | None:
    return slips if slips <= most else None


def _without_shared_beginning(one: str, other: str) -> tuple[str, str]:
    at, end = 0, min(len(one), len(other))
    while at < end and one[at] == other[at]:
        at += 1
    return one[at:], other[at:]


def _without_shared_end(one: str, other: str) -> tuple[str, str]:
    at, end = 0, min(len(one), len(other))
    while at < end and one[-1 - at] == other[-1 - at]:
        at += 1
    return (one[:-at], other[:-at]) if at else (one, other)


def _last_row(typed: str, word: str) -> list[int]:
    """Slips from the whole of what was typed to each beginning of the word."""
    before: list[int] = []
    row = list(range(len(word) + 1))
    for at, letter in enumerate(typed, 1):
        earlier, before, row = before, row, [at]
        for to, other in enumerate(word, 1):
            slips = min(before[to] + 1, row[to - 1] + 1, before[to - 1] + (letter != other))
            if at > 1 and to > 1 and letter == word[to - 2] and typed[at - 2] == other:
                slips = min(slips, earlier[to - 2] + 1)
            row.append(slips)
    return row
