"""Mails read as they did: every kind, in every language that patients read, word by word."""

from pathlib import Path

import pytest
from django.conf import settings

from clinic.wording import language_among
from scheduling.messages import offer_links
from tests.support.words.letters import as_read, letters

HERE = Path(__file__).parent
LANGUAGES = sorted({language_among(code) for code, _ in settings.LANGUAGES})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_reads_like_this(language, monkeypatch):
    # The link is signed with the installation's key.
    monkeypatch.setattr(offer_links, "offer_token", lambda offer: "TOKEN")

    read = "".join(f"===== {about}\n{as_read(news)}\n" for about, news in letters(language))

    assert read == (HERE / f"letters.{language}.txt").read_text("utf-8")
