"""People at a shared desk of the running service, and what only its database can do."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.support.browser.bar import expect_signed_in, menu_of, press_sign_out
from tests.support.cast import PASSWORD
from tests.support.running.stack import ROOT, SETTINGS, Stack

HIRE = """
from clinic.identity.actors import Role, task_actor
from clinic.access.members import NewMember, add_member, open_account
from clinic.models import Clinic
from clinic.web.clock import now
by = task_actor(clinic_id=Clinic.objects.get().pk, label="tests")
for email, name in {people!r}:
    user = open_account(email=email, name=name, password={password!r})
    add_member(new=NewMember(user, Role.RECEPTIONIST), by=by, now=now())
"""
# Time passes in the database alone: every session was last used an hour ago.
AN_HOUR_PASSES = """
from importlib import import_module
from django.conf import settings
from django.contrib.sessions.models import Session
Store = import_module(settings.SESSION_ENGINE).SessionStore
for row in Session.objects.all():
    session = Store(row.session_key)
    if "idle_lock" in session:
        session["idle_lock"] = session["idle_lock"] | {"at": session["idle_lock"]["at"] - 3600}
        session.save()
"""


@dataclass(frozen=True)
class Person:
    """One who works at the desk; everyone's password is the cast's."""

    name: str
    email: str
    pin: str

    @classmethod
    def called(cls, name: str, *, pin: str = "") -> "Person":
        return cls(name, f"{uuid4().hex[:8]}@clinic.example", pin)


def hire(stack: Stack, *people: Person) -> tuple[Person, ...]:
    """New receptionists of the demo clinic; their PINs are still to be set."""
    named = [(person.email, person.name) for person in people]
    _in_the_shell(stack, HIRE.format(people=named, password=PASSWORD))
    return people


def let_an_hour_pass(stack: Stack) -> None:
    _in_the_shell(stack, AN_HOUR_PASSES)


def sign_in(page: Page, *, email: str, password: str) -> None:
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect_signed_in(page)


def sign_out(page: Page) -> None:
    press_sign_out(page)
    expect(page.get_by_role("heading", name="Sign in to Coursebook")).to_be_visible()


def trust_this_device(page: Page, stack: Stack, *, label: str) -> None:
    """By the administrator, who signs out again."""
    user = stack.demo["users"]["administrator"]
    sign_in(page, email=user["email"], password=user["password"])
    menu_of(page).get_by_role("link", name="This desk").click()
    page.get_by_label("Where it stands").fill(label)
    page.get_by_role("button", name="Trust it for 30 days").click()
    expect(page.get_by_text(f"“{label}” is trusted until")).to_be_visible()
    sign_out(page)


def set_pin(page: Page, person: Person) -> None:
    """After the one full sign-in; the person stays signed in."""
    sign_in(page, email=person.email, password=PASSWORD)
    menu_of(page).get_by_role("link", name="This desk").click()
    page.get_by_label("New PIN").fill(person.pin)
    page.get_by_label("The same again").fill(person.pin)
    page.get_by_role("button", name="Set the PIN").click()
    expect(page.get_by_text("Your PIN is set")).to_be_visible()


def switch_to(page: Page, person: Person) -> None:
    """By the bar: a click on Switch, one on the name, the PIN and Enter."""
    page.get_by_role("banner").get_by_role("link", name="Switch").click()
    choose(page, person)


def choose(page: Page, person: Person) -> None:
    """Out of the list of those who may take over."""
    page.get_by_role("link", name=person.name).click()
    expect(page.get_by_label("PIN", exact=True)).to_be_focused()
    page.keyboard.type(person.pin)
    page.keyboard.press("Enter")
    expect_acting(page, person)


def expect_acting(page: Page, person: Person) -> None:
    expect(page.get_by_role("banner")).to_contain_text(person.name)
    expect(page.get_by_role("banner")).to_contain_text("Receptionist")


def a_patient_of(stack: Stack) -> str:
    """The path of a page on which a course is prescribed for someone."""
    from tests.support.browser.courses import a_course

    return f"/patients/{a_course(stack, family_name='Halfway', booked=False).patient}/prescribe/"


def _in_the_shell(stack: Stack, script: str) -> None:
    own = {"DATA": str(stack.folder), **SETTINGS}
    command = [sys.executable, "manage.py", "shell", "-c", script]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | own, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, json.dumps(done.stderr[-2000:])
