"""A small catalogue that a test may change: one session and one course with a laser."""

from pathlib import Path

SKILLS = """
[[skill]]
key = "doctor"
name = "Doctor"
kind = "practitioner"

[[skill]]
key = "laser"
name = "Laser"
kind = "device"
"""
SESSION = """
[[session_type]]
key = "laser"
name = "Laser"
patient_minutes = 20

[[session_type.stage]]
key = "treatment"
name = "Treatment"
minutes = [0, 20]
needs = { doctor = "doctor", laser = "laser" }

[[session_type.stage]]
key = "cooling"
name = "Cooling"
minutes = [20, 25]
needs = { laser = "laser" }
"""
COURSE = """
[[protocol]]
key = "laser"
name = "Laser course"
sessions = [3, 5]

[[protocol.step]]
session_type = "laser"
anchor = "start"
later = { days = 42 }

[[protocol.step]]
session_type = "laser"
anchor = "previous"
repeats = true
interval = { months = 1 }
earlier = { days = 3 }
later = { days = 4 }
"""


class Files:
    """A folder of catalogue files that a test may change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write(SKILLS + SESSION + COURSE)

    def write(self, text: str, name: str = "laser.toml") -> None:
        (self.folder / name).write_text(text, "utf-8")

    def change(self, said: str, now_says: str) -> None:
        text = (self.folder / "laser.toml").read_text("utf-8")
        assert said in text
        self.write(text.replace(said, now_says))
