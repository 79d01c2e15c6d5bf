# The commands of this project. `make` alone lists them; README and CONTRIBUTING use these names and a test holds them to it.
.DEFAULT_GOAL := help
.PHONY: help demo demo-fresh test check-symbolic bench fuzz assets test-assets lint

SCHOOLGATE := target/debug/schoolgate
ASSETS := crates/schoolgate/assets
BROWSER := crates/schoolgate/tests/browser
PDS := crates/channels/tests/pds

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

demo: ## build, make a demo school in ./demo (once), serve it on this machine and say whom to sign in as
	@scripts/need.sh rust compiler node
	@echo "Building Schoolgate. The first time takes some minutes; cargo counts the parts below."
	@$(MAKE) --no-print-directory assets
	cargo build --locked -p schoolgate
	$(SCHOOLGATE) demo --data demo

demo-fresh: ## throw the demo school away, then as `demo`
	rm -rf demo
	@$(MAKE) --no-print-directory demo

test: ## everything: format, lint, all tests on both databases and in a real browser
	@scripts/test.sh

check-symbolic: ## every rule and every pair of packs once more, by Cedar's symbolic compiler and a solver (cvc5); some minutes
	@scripts/need.sh rust compiler solver
	cargo test --locked -p rulebook --features smt --lib symbolic -- --nocapture

bench: ## how fast, beside a bare baseline in the same run
	@scripts/need.sh rust compiler postgres
	@scripts/bench.sh

fuzz: ## a longer fuzz run over every reader of outside data (needs a nightly toolchain and cargo-fuzz)
	@scripts/fuzz.sh

lint: ## format and lint, as `test` does
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

assets: $(ASSETS)/node_modules/.package-lock.json ## build style sheet and scripts from GOV.UK Frontend
	node $(ASSETS)/build.mjs

test-assets: $(BROWSER)/node_modules/.package-lock.json $(PDS)/node_modules/better-sqlite3/build/Release/better_sqlite3.node

# The database inside the Bluesky server of the tests: the one package that has to be compiled.
$(PDS)/node_modules/better-sqlite3/build/Release/better_sqlite3.node: $(PDS)/node_modules/.package-lock.json
	node $(PDS)/prepare.mjs
	@touch $@

%/node_modules/.package-lock.json: %/package.json %/package-lock.json
	npm ci --prefix $* --ignore-scripts --no-fund --no-audit
	@touch $@
