# The verbs of the house. `make demo` and `make test` set up what they need by themselves.
.PHONY: demo campaign test lint bench bench-engine bench-gate bench-best train evaluate-foal install clean

VENV := .venv/bin

install:
	@scripts/install

demo: install
	@scripts/demo

test: install
	@scripts/test

campaign: install
	@scripts/campaign

lint: install
	@$(VENV)/ruff format --check .
	@$(VENV)/ruff check .
	@$(VENV)/mypy
	@$(VENV)/lint-imports

bench: install
	@$(VENV)/python scripts/bench.py

bench-engine: install
	@$(VENV)/python -m engine bench

bench-gate: install
	@$(VENV)/python scripts/bench_gate.py

bench-best: install
	@$(VENV)/python scripts/bench_best.py

train: install
	@scripts/train

evaluate-foal: install
	@$(VENV)/python -m engine.foal.evaluate trial

# Films lie in `out`, which is the user's and stays.
clean:
	rm -rf .venv .hoofbeat .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
