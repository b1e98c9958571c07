"""The welcome of a running Coursebook: to the person at the terminal, and to programs in `demo.json`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clinic.running.folder import replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where this start is found. `mail_folder` is None when mails go to a real server."""

    base_url: str
    folder: Path
    mail_folder: Path | None


def publish(address: Address) -> dict[str, Any]:
    """Complete the demo clinic's `demo.json` with this start's addresses, and return what it says."""
    path = address.folder / "demo.json"
    demo: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    demo["base_url"] = address.base_url
    demo["mail_folder"] = str(address.mail_folder) if address.mail_folder else None
    if feed := demo.get("feed_url_path"):
        demo["feed_url"] = address.base_url + feed
    replace(path, json.dumps(demo, indent=2, ensure_ascii=False) + "\n")
    return demo


def welcome(address: Address, *, demo: dict[str, Any]) -> str:
    """The lines printed once the pages answer."""
    lines = ["", f"Coursebook is ready: {address.base_url}", ""]
    if users := demo.get("users"):
        lines += ["Sign in as", *_sign_ins(users), ""]
    if address.mail_folder:
        lines.append(f"No mail leaves this machine. Read them in {address.mail_folder}")
    lines += [
        f"Programs find all of this in {address.folder / 'demo.json'}",
        "Ctrl-C stops everything. The data stays.",
        "",
    ]
    return "\n".join(lines)


def _sign_ins(users: dict[str, dict[str, str]]) -> list[str]:
    role_width = max(len(role) for role in users)
    email_width = max(len(user["email"]) for user in users.values())
    return [
        f"  {role:{role_width}}  {user['email']:{email_width}}  password {user['password']}"
        for role, user in users.items()
    ]
