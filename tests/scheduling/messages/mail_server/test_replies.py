"""What a mail server's reply is about, by its codes and by its words."""

import pytest

from scheduling.messages.mail_server.replies import ReplyAbout, reply_about


def about(reply):
    code, _, text = reply.partition(" ")
    return reply_about(int(code), text)


@pytest.mark.parametrize(
    "reply",
    [
        "550 5.1.1 no such user here",
        "550 5.1.1 <jan@patients.example>: Recipient address rejected: User unknown in local recipient table",
        "550 5.1.2 bad destination system address",
        "553 5.1.3 that is no address",
        "556 5.1.10 the domain takes no mail",
        "550 5.2.1 the mailbox is disabled",
        "550 5.1.0 unknown user",
        "550 No such user here",
        "550 mailbox gone",
        "551 user not local: no such mailbox",
        "550 Unrouteable address",
        "554 5.0.0 host or domain name not found",
    ],
)
def test_no_such_mailbox_is_about_the_address(reply):
    assert about(reply) is ReplyAbout.ADDRESS


@pytest.mark.parametrize(
    "reply",
    [
        "552 5.2.2 over quota",
        "552 mailbox full",
        "550 The account has exceeded its storage, quota exceeded",
        "554 5.2.0 mailbox is full",
    ],
)
def test_a_full_mailbox_is_no_wrong_address(reply):
    assert about(reply) is ReplyAbout.FULL_MAILBOX


@pytest.mark.parametrize(
    "reply",
    [
        "550 relay not permitted",
        "550 5.7.1 relay access denied",
        "554 5.7.1 <jan@patients.example>: Recipient address rejected: Access denied",
        "550 5.7.26 unauthenticated sender: no such user is behind it",
        "550 5.1.8 the sender's domain does not exist",
        "550 user unknown to our relay policy",
        "554 looks like spam",
        "550 requested action not taken",
        "552 5.3.4 the message is too big",
        "552 5.2.3 the message is too long for this mailbox",
        "550",
        "554 5.6.0 malformed content",
    ],
)
def test_relay_policy_and_content_are_about_us(reply):
    assert about(reply) is ReplyAbout.US


@pytest.mark.parametrize(
    "reply",
    ["421 4.7.0 too many", "450 4.2.2 mailbox full", "450 4.1.1 unknown user, try again", "451 greylisted"],
)
def test_whatever_comes_with_a_four_is_a_while(reply):
    assert about(reply) is ReplyAbout.A_WHILE
