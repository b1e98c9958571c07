"""That this web server is about to end: whoever asks whether it is ready sends its requests elsewhere.

Shared by the server's processes: it is made before they are.
"""

import mmap

_is_draining = mmap.mmap(-1, 1)


def begin() -> None:
    _is_draining[0] = 1


def is_draining() -> bool:
    return bool(_is_draining[0])
