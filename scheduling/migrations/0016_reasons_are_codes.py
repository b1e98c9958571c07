"""Why a message is what it is becomes a code; what the mail server said stands apart."""

from django.db import migrations, models

STATES = [
    ("waiting", "Waiting"),
    ("sent", "Sent"),
    ("void", "Not needed any more"),
    ("too_late", "Too late to be useful"),
    ("call", "Not sent"),
    ("told", "Told by the desk"),
]
REASONS = [
    ("consent", "The patient wants no mail."),
    ("no_address", "There is no e-mail address."),
    ("bad_address", "Mail to the address comes back."),
    ("refused", "The mail server refused the mail."),
    ("too_late", "It would have come too late to be of use."),
    ("cannot_happen", "It cannot take place as it is booked."),
    ("may_have_arrived", "The mail server broke off twice: the mail may have arrived."),
    ("not_written", "The mail could not be written."),
    ("quiet_hours", "It waits for quiet hours to end."),
    ("out_of_reach", "The mail server cannot be reached."),
    ("try_later", "The mail server asked to try again later."),
    ("taken_back", "The session was moved or cancelled."),
    ("is_here", "The patient is here already."),
    ("nothing_to_tell", "The patient knows how it stands by now, or it is over."),
    ("offer_over", "The offer was answered or ran out."),
]


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0015_sessions_keep_no_undo"),
    ]

    operations = [
        migrations.RenameField("message", "last_problem", "server_said"),
        migrations.AlterField(
            model_name="message",
            name="server_said",
            field=models.CharField(
                blank=True,
                help_text="For the operator: the mail server's own words, or the fault.",
                max_length=300,
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="reason",
            field=models.CharField(blank=True, choices=REASONS, db_default="", default="", max_length=20),
        ),
        migrations.AlterField(
            model_name="message",
            name="state",
            field=models.CharField(choices=STATES, default="waiting", max_length=10),
        ),
    ]
