#!/usr/bin/env bash
# All tests but the slow ones of tests/crash (make test-crash) and tests/orchestrators (make test-orchestrators), in the order cheap to dear; closes with `N passed, N failed`. What is skipped stands above, with its reason.
set -u
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
passed=0
failed=0

step() { # name, command…: one step that passes or fails as a whole
  local name=$1
  shift
  if "$@" >"$out/step" 2>&1; then
    passed=$((passed + 1))
    echo "ok    $name"
  else
    failed=$((failed + 1))
    echo "FAIL  $name"
    tail -n 40 "$out/step"
  fi
}

no_difference() { # what is generated is committed
  npm run --silent gen && node tools/vectors/main.ts && git diff --exit-code --stat -- core/generated verifier/ts/generated verifier/go/generated.go docs/errors.md spec/vectors plugins/python/src/clyra/types.py
}

step 'format and lint' npx biome check .
step 'types' npx tsc -p tsconfig.json
step 'types of the sandbox' npx tsc -p tsconfig.sandbox.json
step 'generated files are up to date' no_difference

SUMMARY_FILE="$out/jest" npm test --silent -- --testPathIgnorePatterns /node_modules/ tests/crash tests/orchestrators || true
if [ -s "$out/jest" ]; then
  read -r p f <"$out/jest"
  passed=$((passed + p))
  failed=$((failed + f))
else
  echo 'FAIL  Jest ended without a summary'
  failed=$((failed + 1))
fi

step 'Python format' .venv-python/bin/ruff format --check --no-cache plugins
step 'Python lint' .venv-python/bin/ruff check --no-cache plugins
step 'Python of the tests' bash -c '.venv-python/bin/ruff check --no-cache --config "$1" tests && .venv-python/bin/ruff format --check --no-cache --config "$1" tests' - plugins/dagster/pyproject.toml
for package in python airflow dagster; do
  step "Python types: $package" bash -c "cd plugins/$package && ../../.venv-$package/bin/mypy --cache-dir /dev/null --strict ."
  (cd "plugins/$package" && "../../.venv-$package/bin/pytest" -q -rs -p no:cacheprovider) >"$out/pytest" 2>&1
  status=$?
  said() { tail -n 1 "$out/pytest" | grep -oE "[0-9]+ $1" | cut -d' ' -f1 | grep . || echo 0; }
  p=$(said passed)
  f=$(($(said failed) + $(said error) + $(said skipped))) # no skip is allowed here
  [ "$status" -ne 0 ] && [ "$f" -eq 0 ] && f=1
  [ "$f" -ne 0 ] && tail -n 60 "$out/pytest"
  echo "pytest $package: $p passed, $f failed"
  passed=$((passed + p))
  failed=$((failed + f))
done

if command -v go >/dev/null; then
  step 'Go formatting' test -z "$(cd verifier/go && gofmt -l .)"
  (cd verifier/go && go vet ./... && go test -count=1 -v ./...) >"$out/go" 2>&1
  status=$?
  p=$(grep -c '^ *--- PASS' "$out/go")
  f=$(grep -c '^ *--- FAIL' "$out/go")
  [ "$status" -ne 0 ] && [ "$f" -eq 0 ] && f=1
  [ "$status" -ne 0 ] && grep -vE '^(=== |--- PASS|    --- PASS)' "$out/go" | tail -n 60
  grep -E 'vectors:' "$out/go"
  passed=$((passed + p))
  failed=$((failed + f))
  grep -E '^ *--- SKIP' "$out/go" | sed 's/^ *--- SKIP: /SKIPPED go /'
else
  echo 'SKIPPED the Go verifier: no go found'
fi

echo
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
