"""The words of other languages: catalogues kept up with the sources, and built into what gettext reads.

    python build/catalogues.py update     what the sources say now, into every locale/*/LC_MESSAGES/django.po
    python build/catalogues.py compile    each .po that is newer than its .mo; installing does it by itself

Babel does both, so no system package is needed.
"""

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

# Run as a script from anywhere: the project is not on the path yet.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from build.environment import CATALOGUES, ROOT, compiled, stale

STOREYS = ("clinic", "treatments", "scheduling")
NOT_READ = ("migrations", "static")
# What marks a message, and which of its arguments are one: clinic/sentences.py and Django's own.
KEYWORDS = {
    "_": None,
    "sentence": None,
    "counted": (1, 2),
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
}
COMMENT = "Translators:"
WIDTH = 110
# Who translated last and when says git.
HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plural}\\n"

"""


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the sources; of what is counted `id` is the singular and the plural."""

    id: str | tuple[str, str]
    path: str
    comments: tuple[str, ...] = ()
    context: str | None = None


def messages() -> Iterator[Message]:
    """Every message of every storey, file by file."""
    for storey in STOREYS:
        for path in sorted((ROOT / storey).rglob("*")):
            if path.suffix in (".py", ".html", ".txt") and not set(path.parts) & set(NOT_READ):
                yield from messages_in(path.read_text("utf-8"), path=str(path.relative_to(ROOT)))


def messages_in(text: str, *, path: str) -> Iterator[Message]:
    """Those of a module, or of a template, whose tags Django turns into calls first."""
    if not path.endswith(".py"):
        # What is left around the calls is no Python: without its indentation it has tokens at least.
        text = "\n".join(line.strip() for line in templatize(text).splitlines())
    found = extract("python", BytesIO(text.encode()), keywords=KEYWORDS, comment_tags=[COMMENT])
    for _, said, comments, context in found:
        yield Message(said if isinstance(said, str) else (said[0], said[1]), path, tuple(comments), context)


def template() -> Catalog:
    """What a translator starts from: every message once, with the files it stands in."""
    catalogue = Catalog(project="Coursebook", charset="utf-8")
    for one in messages():
        catalogue.add(
            one.id,
            # No line numbers: what only moved changes no catalogue.
            locations=[(one.path, 0)],
            auto_comments=[comment.removeprefix(COMMENT).strip() for comment in one.comments],
            context=one.context,
            flags=["python-brace-format"] if "{" in str(one.id) else [],
        )
    return catalogue


def catalogue_in(file: Path) -> Catalog:
    with file.open("rb") as text:
        return read_po(text, locale=file.parent.parent.name)


def updated(catalogue: Catalog, *, by: Catalog) -> bytes:
    """The catalogue with what the sources say now; a message that is gone is gone with its translation."""
    catalogue.update(by, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    text = BytesIO(HEADER.format(language=catalogue.locale, plural=catalogue.plural_forms).encode())
    text.seek(0, 2)
    write_po(text, catalogue, width=WIDTH, omit_header=True, include_lineno=False, sort_output=True)
    return text.getvalue()


def update() -> None:
    said = template()
    for file in sorted(ROOT.glob(CATALOGUES)):
        file.write_bytes(updated(catalogue_in(file), by=said))


def compile_stale() -> None:
    """What others read meanwhile is the old file or the new one, never half of it."""
    for file in stale():
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as half:
            write_mo(half, catalogue_in(file))
        Path(half.name).chmod(0o644)
        Path(half.name).replace(compiled(file))


if __name__ == "__main__":
    {"update": update, "compile": compile_stale}[sys.argv[1]]()
