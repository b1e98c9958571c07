"""An authenticator app and what it takes to set one up, without a phone."""

import base64
import hmac
import re
import struct
from datetime import datetime, timedelta

from tests.support.cast import PASSWORD
from tests.support.desk import Desk, Page

STEP = timedelta(seconds=30)


def code_at(secret: str, at: datetime) -> str:
    """What an app with that secret shows at that moment (RFC 6238: SHA-1, six digits, half a minute)."""
    counter = struct.pack(">Q", int(at.timestamp()) // 30)
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    place = digest[-1] & 0x0F
    return f"{(int.from_bytes(digest[place : place + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"


def is_you(desk: Desk, page: Page, **typed: str) -> Page:
    """Whatever leads away to “Is it you?” is answered with the password; the page behind it."""
    asked = desk.follow(page)
    assert "Is it you?" in asked.text
    return desk.follow(desk.send(asked, "Go on", **{"password": PASSWORD} | typed))


def set_up_app(desk: Desk) -> tuple[str, list[str]]:
    """Set up an app as a person does: its secret, and the recovery codes that were shown."""
    form = is_you(desk, desk.get("/account/second-step/app/"))
    found = re.search(r'<code class="secret">(\w+)</code>', form.html)
    assert found
    secret = found[1]
    shown = desk.follow(desk.send(form, "Set it up", code=code_at(secret, desk.now)))
    desk.now += STEP
    return secret, re.findall(r"<li><code>(\d+)</code></li>", shown.html)


def password_given(desk: Desk, email: str, password: str = PASSWORD) -> Page:
    return desk.send(desk.get("/sign-in/"), "Sign in", login=email, password=password)
