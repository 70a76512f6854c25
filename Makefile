# Two commands for a newcomer: `make demo` and `make test`. Everything else is for those who change things.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export AUP_SHARED ?= ../shared

BENCHES := bench-detect bench-keywords bench-pipeline bench-enforcement bench-console bench-usage bench-cdn

.PHONY: soak-pipeline demo dev check test test-slow test-browser ocr test-rgw format rules docs eval train evasion fuzz coverage bench \
        $(BENCHES) soak-enforcement modelcheck clean

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

demo: $(READY)  ## the main job end to end on this machine (KEEP=1 leaves it running)
	$(BIN)/aup demo $(if $(KEEP),--keep,)

test: $(READY)  ## all tests but the slow ones
	$(BIN)/python -m pytest -n 2 --dist loadscope

test-slow: $(READY)  ## the slow ones
	$(BIN)/python -m pytest -m slow

test-rgw: $(READY)  ## the S3 suites on a real Ceph RADOS gateway of this machine (docs/rgw.md); skipped where there is none
	$(BIN)/python -m pytest -p no:xdist -m slow -rs tests/rgw

test-browser: $(READY)  ## the review console in a headless Chromium; writes docs/screens/
	$(BIN)/python -m pytest tests/browser -m "slow or not slow" -p no:xdist

check: $(READY)  ## format, lint, types, import contracts, rules, tests with their coverage floors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/aup rules check
	$(MAKE) coverage

coverage: $(READY)  ## branch coverage of the default tests, held to its floors
	$(BIN)/python -m pytest -n 2 --dist loadscope --cov --cov-report=term
	$(BIN)/python -m coverage report --fail-under=90 --skip-covered
	$(BIN)/python -m coverage report --fail-under=100 --include='scanner/domain/*'

fuzz: $(READY)  ## each parser of ours, 60 s a target
	$(BIN)/python -m fuzz --seconds 60

ocr: $(READY)  ## words in pictures: the extra [ocr], 250 MB
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "rapidocr>=3.10" "onnxruntime>=1.20"

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

dev: $(READY)  ## console, workers and Redis on this machine, until Ctrl-C
	$(BIN)/aup serve

rules: $(READY)
	$(BIN)/aup rules check

docs: $(READY)  ## regenerate what is generated: docs/rules.md, docs/cli.md, docs/settings.md
	$(BIN)/python -m scripts.rules_doc
	$(BIN)/python -m scripts.reference

eval: $(READY)
	$(BIN)/python -m benchmarks.eval

evasion: $(READY)
	$(BIN)/python -m benchmarks.evasion

train: $(READY)
	$(BIN)/python -m scripts.train_scorer

modelcheck: $(READY)
	$(BIN)/python -m benchmarks.modelcheck

soak-enforcement: $(READY)  ## 600 objects, 60 kills, lost and doubled events, store faults (SEED=n repeats the dice)
	$(BIN)/python -m benchmarks.soak_enforcement $(if $(SEED),--seed $(SEED),)

bench: bench-detect bench-keywords bench-usage

soak-pipeline: $(READY)  ## uploads under kills, lost events, a failing store, broker and database; then the books are checked
	$(BIN)/python -m benchmarks.soak_pipeline

$(BENCHES): bench-%: $(READY)  ## named one by one: make looks for no pattern of what is phony
	$(BIN)/python -m benchmarks.$*

clean:
	rm -rf $(VENV) .state .coverage* .mypy_cache .ruff_cache .pytest_cache
