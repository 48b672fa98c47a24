# Thin on purpose: what there is to know stands in bin/.
# make run PORT=8001 PYTHON=python3.13; make test ARGS="-k policing -x"

PORT ?= 8000
export PORT

# The caller's own Python settings must not reach ours.
unexport PYTHONHOME PYTHONPATH PYTHONSAFEPATH VIRTUAL_ENV DJANGO_SETTINGS_MODULE

manage = .venv/bin/python manage.py
ruff = .venv/bin/python -m ruff
sources = . bin/test

.PHONY: help run test lint format

help:
	@echo "make run      set up what is missing and serve the site on http://127.0.0.1:$(PORT)"
	@echo "make test     run all tests, on SQLite and on PostgreSQL"
	@echo "make lint     check style and format"
	@echo "make format   mend style and format"
	@echo "PORT=8001 and PYTHON=/path/to/python3 can be given to each; ARGS=\"-k word\" to test."

run:
	@bin/setup run
	@$(manage) migrate --verbosity 0
	@$(manage) load_taxonomy
	@$(manage) load_sample
	@$(manage) make_renditions || true
	@$(manage) create_demo_people
	@$(manage) runserver 127.0.0.1:$(PORT)

test:
	@bin/setup dev
	@.venv/bin/python bin/test $(ARGS)

lint:
	@bin/setup dev
	@$(ruff) check $(sources)
	@$(ruff) format --check $(sources)

format:
	@bin/setup dev
	@$(ruff) check --fix $(sources)
	@$(ruff) format $(sources)
