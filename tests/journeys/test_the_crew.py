"""The running service stays whole when one of its processes dies."""

import shutil
import smtplib
from email.message import EmailMessage
from pathlib import Path

import psutil
import pytest

from clinic.running.folder import broker_socket, sink_port
from clinic.running.ports import accepts, serves_pages
from tests.support.running.stack import Stack, wait_for

LAST_LOOK = "from clinic.health.ticks import mail_last_looked_at\nprint(mail_last_looked_at())"


def test_mails_lie_in_the_folder_in_the_order_they_came(stack: Stack) -> None:
    with smtplib.SMTP("127.0.0.1", sink_port(stack.folder)) as server:
        for subject in ("first", "second", "third"):
            mail = EmailMessage()
            mail["From"], mail["To"], mail["Subject"] = "us@clinic.example", "you@order.example", subject
            mail.set_content("Zoë’s visit")
            server.send_message(mail)

    arrived = stack.wait_for_mails(3, to="you@order.example")

    assert [mail["Subject"] for mail in arrived] == ["first", "second", "third"]
    assert arrived[0].get_content().strip() == "Zoë’s visit"
    assert not list(stack.mail_folder.glob(".*"))


@pytest.mark.parametrize("words", ["valkey-server", "smtp_sink", "clinic worker", "clinic beat", "gunicorn"])
def test_a_killed_process_comes_back(stack: Stack, words: str) -> None:
    killed = stack.process(words)
    # What it started lives on for a moment, and may still answer: whoever is back, it is not that.
    orphans = killed.children(recursive=True)

    killed.kill()

    _, left = psutil.wait_procs([killed, *orphans], timeout=10)
    assert not left
    wait_for(lambda: _is_back(stack, words, killed), what=f"{words} to come back", seconds=20)


@pytest.mark.parametrize("words", ["clinic worker", "gunicorn", "valkey-server"])
def test_a_killed_supervisor_is_replaced_and_what_it_left_comes_to_its_end(stack: Stack, words: str) -> None:
    left = stack.process(words)
    supervisor = left.parent()
    assert supervisor is not None

    supervisor.kill()

    wait_for(lambda: _is_gone(left), what="it to be ended", seconds=20)
    wait_for(lambda: _is_back(stack, words, left), what=f"{words} to come back", seconds=20)


@pytest.mark.deep
def test_a_worker_that_stands_still_is_started_again_and_mail_goes_out(
    demo_clinic: Path, clock_of_the_stack: None, tmp_path: Path
) -> None:
    folder = shutil.copytree(demo_clinic, tmp_path / "data")
    with Stack(folder=folder, environment={"WORKER_HANGS_AFTER_SECONDS": "20"}) as stack:
        wait_for(lambda: stack.told_by(LAST_LOOK) != "None", what="a first look", seconds=30)
        hung = stack.process("clinic worker")

        hung.suspend()

        wait_for(lambda: _is_gone(hung), what="the hung worker to be ended", seconds=60)
        ended = stack.told_by(LAST_LOOK)
        wait_for(lambda: stack.told_by(LAST_LOOK) > ended, what="another look", seconds=40)


def _is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def _is_back(stack: Stack, words: str, killed: psutil.Process) -> bool:
    try:
        if stack.process(words) == killed:
            return False
    except (StopIteration, psutil.NoSuchProcess):
        return False
    return (
        serves_pages(stack.port) and accepts(broker_socket(stack.folder)) and accepts(sink_port(stack.folder))
    )
