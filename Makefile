# `make prove` and `make test` set up by themselves whatever is missing; neither needs root.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
# What changes the environment, the extension, the binaries: each has a stamp of its own.
STAMPS := .make
MEMBERS := shop/contracts shop/kit shop/catalogue shop/product-lookup-python shop/product-write \
	shop/payment-provider shop/inventory shop/payment shop/order shop/checkout-orchestrator \
	shop/intent-parser shop/plan-generator shop/plan-executor shop/requests
NAMES := $(shell sed -n 's/^name = "\(.*\)"/\1/p' $(MEMBERS:%=%/pyproject.toml))
PROTOS := $(shell find shop/contracts/shop -name '*.proto')
ENGINE_SOURCES := $(shell find engine/src -name '*.rs') engine/Cargo.toml Cargo.toml Cargo.lock
LOOKUP_SOURCES := $(shell find shop/product-lookup-rust/src -name '*.rs') \
	$(wildcard shop/product-lookup-rust/build.rs) shop/product-lookup-rust/Cargo.toml Cargo.toml Cargo.lock
READ_SOURCES := $(shell find shop/product-read/src/main -type f) shop/product-read/pom.xml
MEMBER_PROJECTS := pyproject.toml $(MEMBERS:%=%/pyproject.toml)

.PHONY: help setup prove prove-resilience prove-nemesis verify-verifier test test-measured lint bench calibrate lock clean

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMPS)/engine $(STAMPS)/lookup-rust $(STAMPS)/product-read $(STAMPS)/kafka  ## environment, engine and services, built

prove: setup  ## verdicts on everything claimed of the shop
	$(BIN)/assay prove shop/claims.yaml --budget 115m $(ARGS)

prove-resilience: setup  ## verdicts on what breaks the shop, fault by fault
	$(BIN)/assay prove shop/resilience.yaml --budget 120m $(ARGS)

prove-nemesis: setup  ## the verdict on 80 minutes of checkouts while something breaks every 5 s
	$(BIN)/assay prove shop/nemesis.yaml --budget 100m $(ARGS)

verify-verifier: setup  ## bugs seeded into the shop, each to be refuted, an hour
	$(BIN)/python shop/bugs/verify.py $(ARGS)

test: setup lint  ## every check but those of test-measured, a quarter of an hour
	cargo test --workspace --lib --bins --locked --release --quiet
	mvn --batch-mode --quiet --file shop/product-read/pom.xml test
	JDK_JAVA_OPTIONS=-XX:TieredStopAtLevel=1 \
		$(BIN)/pytest -q --numprocesses 3 --dist loadfile --no-loadscope-reorder -m 'not measures'

test-measured: setup  ## whole runs that want the machine for themselves, ten minutes
	$(BIN)/pytest -q -m measures

lint: setup  ## formatting, types, and who may know whom
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked --release --quiet -- -D warnings

bench: setup  ## us and a peer side by side, ratios out
	$(BIN)/python -m bench $(ARGS)

calibrate: setup  ## the verdict method against simulated truths, minutes
	$(BIN)/python tests/calibration/calibrate.py $(ARGS)

lock: $(UV)  ## renew requirements.lock from the pyproject.toml files
	$(UV) pip compile pyproject.toml $(MEMBERS:%=%/pyproject.toml) --extra dev --upgrade \
		--generate-hashes --universal --python-version 3.11 --no-annotate --no-header \
		$(NAMES:%=--no-emit-package %) \
		--quiet --output-file requirements.lock

clean:  ## remove all that was built (runs/ stays)
	rm -rf $(VENV) $(STAMPS) target shop/product-read/target shop/kafka/target src/assay/*.so shop/contracts/src

$(STAMPS)/checked:
	scripts/check-prerequisites
	@mkdir -p $(@D) && touch $@

$(UV): bootstrap.lock | $(STAMPS)/checked
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement bootstrap.lock
	@touch $@

$(STAMPS)/packages: requirements.lock $(UV)
	$(UV) pip install --quiet --require-hashes --requirement requirements.lock
	@touch $@

$(STAMPS)/contracts: $(PROTOS) $(STAMPS)/packages
	@mkdir -p shop/contracts/src/shop
	$(BIN)/python -m grpc_tools.protoc -Ishop/contracts --python_out=shop/contracts/src \
		--pyi_out=shop/contracts/src --grpc_python_out=shop/contracts/src $(PROTOS)
	@touch $@

$(STAMPS)/members: $(MEMBER_PROJECTS) $(STAMPS)/contracts
	$(UV) pip install --quiet --no-deps --no-build-isolation $(MEMBERS:%=--editable %)
	@touch $@

$(STAMPS)/engine: $(ENGINE_SOURCES) $(STAMPS)/members
	PATH="$(abspath $(BIN)):$$PATH" $(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMPS)/lookup-rust: $(LOOKUP_SOURCES) | $(STAMPS)/checked
	cargo build --release --locked --package product-lookup-rust
	@touch $@

$(STAMPS)/product-read: $(READ_SOURCES) | $(STAMPS)/checked
	mvn --batch-mode --quiet --file shop/product-read/pom.xml -DskipTests package
	@touch $@

$(STAMPS)/kafka: shop/kafka/pom.xml | $(STAMPS)/checked
	rm -rf shop/kafka/target/lib
	mvn --batch-mode --quiet --file shop/kafka/pom.xml dependency:copy-dependencies \
		-DoutputDirectory=target/lib -DincludeScope=runtime
	@touch $@
