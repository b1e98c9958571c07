"""Who appears in the tests: one small practice, always the same."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

# A Monday, 09:00 on the wall clock of Amsterdam.
NOW = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
OPENS, CLOSES = time(9), time(17)
WORKING_DAYS = (1, 2, 3, 4, 5)
# The last day of what was given up long ago.
OVER = date(2020, 1, 31)

DOCTORS = ("Dr Osei", "Dr Lindqvist")
ASSISTANTS = ("Amara", "Bram", "Chiara")
TREATMENT_ROOMS = ("Treatment room 1", "Treatment room 2", "Treatment room 3")
DRAW_CHAIRS = ("Draw chair 1", "Draw chair 2")
PROCEDURE_ROOM = "Procedure room"
CENTRIFUGES = ("Centrifuge 1", "Centrifuge 2")

PATIENT = ("Marit", "de Vries")
PASSWORD = "a long enough password"
