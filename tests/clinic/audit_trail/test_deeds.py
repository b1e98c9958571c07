"""Every act of the trail has its words."""

from clinic.audit_trail.deeds import deed_words
from clinic.audit_trail.write import AuditAction


def test_every_act_has_words_that_can_be_translated():
    assert [deed for deed in AuditAction if deed_words(deed).messages[0].startswith("{")] == []
    assert deed_words("booked_course") == "Booked course"


def test_what_only_an_earlier_version_knew_is_told_by_its_name():
    assert deed_words("looked_away") == "Looked away"
