# The two commands: make quickstart, make test. Each does all its own set-up; needs Node >= 20, Python >= 3.11, make (and Go for the second verifier).
PATH := $(CURDIR)/node_modules/.bin:$(PATH)
export PATH
GO := $(shell command -v go 2>/dev/null)

# make test-crash: kill -9 of every part, before, during and after each stage; about eight minutes.
.PHONY: install python requirements quickstart quickstart-airflow quickstart-dagster test test-crash test-orchestrators test-fuzz bench soak check gen verifiers browser clean

install: node_modules/.installed .venv/.installed

node_modules/.installed: package.json package-lock.json
	npm install --no-progress --loglevel=error
	ln -sf ../../cli/bin.ts node_modules/.bin/clyra
	touch $@

.venv/.installed: requirements.txt
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

.venv-fuzz/.installed: requirements-fuzz.txt
	python3 -m venv .venv-fuzz
	.venv-fuzz/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-fuzz.txt
	touch $@

# The Python packages, each with what it is proven on. Compiled once here: Airflow imports thousands of files (some are templates, no Python).
.venv-%/.installed: plugins/%/requirements.txt plugins/%/pyproject.toml plugins/python/pyproject.toml .venv/.installed
	.venv/bin/uv venv --quiet --clear --no-python-downloads --python python3 .venv-$*
	.venv/bin/uv pip sync --quiet --python .venv-$*/bin/python --require-hashes plugins/$*/requirements.txt
	.venv/bin/uv pip install --quiet --python .venv-$*/bin/python --no-deps --no-build-isolation $(patsubst %,-e plugins/%,$(sort python $*))
	-@env -u PYTHONDONTWRITEBYTECODE .venv-$*/bin/python -m compileall -qq -j 2 .venv-$*/lib
	touch $@

python: .venv-python/.installed .venv-airflow/.installed .venv-dagster/.installed

# Compiles each requirements.in anew.
requirements: .venv/.installed
	for package in python airflow dagster; do (cd plugins/$$package && ../../.venv/bin/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 --custom-compile-command 'make requirements' requirements.in -o requirements.txt) || exit 1; done

verifiers: node_modules/.installed
ifdef GO
	cd verifier/go && go build -trimpath -o bin/clyra-verify .
else
	@echo "no Go found: the second verifier is not built"
endif

# The approver's door is tested in a real browser.
browser:
	@test -x /usr/bin/chromium || { test "$$(id -u)" = 0 && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } \
		|| echo 'no Chromium at /usr/bin/chromium: the tests of the door are skipped until the package chromium is installed'

quickstart: install verifiers
	node cli/quickstart/main.ts

# The real Airflow, or the real Dagster, beside the stack: one task, or asset, that waits for an approval in the terminal.
quickstart-airflow quickstart-dagster: quickstart-%: install verifiers .venv-%/.installed
	node cli/quickstart/$*/main.ts

check: install
	npm run --silent check

gen: install
	npm run --silent gen
	node tools/vectors/main.ts

test: install python verifiers browser
	./tests/run.sh

test-crash: install verifiers
	npm test --silent -- --runInBand tests/crash

# Real Airflow (scheduler, triggerer, API server) and real Dagster against a real stack; at most ten minutes.
test-orchestrators: install python verifiers browser
	npm test --silent -- --maxWorkers=2 tests/orchestrators

# Schemathesis against a stack of its own, with the token of each role; two minutes.
test-fuzz: install .venv-fuzz/.installed
	node tests/fuzz/main.ts

# What governance costs beside a no-op workflow: about nine minutes, writes bench/results.md.
bench: install
	node bench/main.ts

# Ten minutes (SOAK_MINUTES=) at the highest rate the machine holds, while parts are killed; ends with the figures.
soak: install
	node tests/soak/main.ts

clean:
	rm -rf node_modules .venv .venv-* .clyra verifier/go/bin
