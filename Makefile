# The two commands: make quickstart, make test. Each does all its own set-up; needs Node >= 20, Python >= 3.11, make (and Go for the second verifier).
PATH := $(CURDIR)/node_modules/.bin:$(PATH)
export PATH
GO := $(shell command -v go 2>/dev/null)

# make test-crash: kill -9 of every part, before, during and after each stage; about seven minutes.
.PHONY: install quickstart test test-crash test-fuzz bench check gen verifiers clean

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

verifiers: node_modules/.installed
ifdef GO
	cd verifier/go && go build -trimpath -o bin/clyra-verify .
else
	@echo "no Go found: the second verifier is not built"
endif

quickstart: install verifiers
	node cli/quickstart/main.ts

check: install
	npm run --silent check

gen: install
	npm run --silent gen
	node tools/vectors/main.ts

test: install verifiers
	./tests/run.sh

test-crash: install verifiers
	npm test --silent -- --runInBand tests/crash

# Schemathesis against a stack of its own, with the token of each role; two minutes.
test-fuzz: install .venv-fuzz/.installed
	node tests/fuzz/main.ts

# What governance costs beside a no-op workflow: about six minutes, writes bench/results.md.
bench: install
	node bench/main.ts

clean:
	rm -rf node_modules .venv .venv-fuzz .clyra verifier/go/bin
