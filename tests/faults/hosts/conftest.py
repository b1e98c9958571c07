"""What experiments with whole processes share: a mail server that takes what they send."""

from collections.abc import Iterator

import pytest

from tests.support.acts.mailing import MailServer


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()
