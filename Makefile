# Both commands need only make and Python 3.11 or newer; the rest is installed into .venv.
PYTHON ?= python3
export PYTHON DATA PORT SEED

RUN := exec sh build/python.sh requirements.lock
CHECK := exec sh build/python.sh requirements-dev.lock

.PHONY: help run test deep full quick journeys browser faults audit bench format lock

help:
	@echo "make run       start Coursebook with its demo clinic   (PORT=8000 DATA=var PYTHON=python3)"
	@echo "make test      what every change goes through, on SQLite, PostgreSQL and in a browser"
	@echo "make deep      what make test leaves out, drawn anew    (SEED=… draws it again)"
	@echo "make full      every matrix: all of the suite on both engines, all pages"
	@echo "make quick     the fast checks: style, types, house rules, fast tests below the edges"
	@echo "make journeys  the tests that run the whole service"
	@echo "make browser   the tests that use the pages in Chromium"
	@echo "make faults    the fault experiments in full, one line each, on both engines"
	@echo "make audit     risky code, and known weaknesses of the packages (asks the network)"
	@echo "make bench     measure, on SQLite and PostgreSQL     (ONLY=search OLD_CLAIMS=1000000)"
	@echo "make lock      write anew which releases are installed  (asks the network)"
	@echo "make format    put the code into house style"

run:
	@$(RUN) manage.py serve

test deep full quick journeys browser faults audit bench format:
	@$(CHECK) build/check.py $@

lock:
	@$(CHECK) build/lock.py
