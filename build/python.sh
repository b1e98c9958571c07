#!/bin/sh
# Looks at the interpreter that PYTHON names, then hands over to build/environment.py in it.
# In sh, because a Python that is too old cannot read the rest.
python=${PYTHON:-python3}

refuse() {
    echo "$1" >&2
    exit 1
}

judge() {
    "$1" -c 'import sys; sys.version_info >= (3, 11) or sys.exit(3); import ensurepip, venv' 2>/dev/null
}

judge "$python"
verdict=$?

# pyenv puts a name on the PATH for each version it has, but opens only those switched on in this folder.
if [ $verdict -eq 127 ] && version=$(pyenv whence "$python" 2>/dev/null | tail -n 1) && [ -n "$version" ]; then
    python="$(pyenv root)/versions/$version/bin/$python"
    judge "$python"
    verdict=$?
fi

case $verdict in
    0) exec "$python" build/environment.py "$@" ;;
    3) refuse "Coursebook needs Python 3.11 or newer; $python is $("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])'). Install a newer one, or name one that is here: make run PYTHON=python3.13" ;;
    126 | 127) refuse "There is no $python on this machine. Install Python 3.11 or newer, or name the one that is here: make run PYTHON=python3.13" ;;
    *) refuse "$python lacks the venv module. Install it (Debian and Ubuntu: apt install python3-venv) and run the same command again." ;;
esac
