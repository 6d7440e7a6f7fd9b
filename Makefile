# The two commands a newcomer needs are `make demo` and `make test`; `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help demo test matrix simulate simulate-planted soak test-sanitize test-python-gitlab fuzz bench build release lint format clean dependencies

ARGS ?=
SECONDS ?= 60
MINUTES ?= 10
SEED ?= random
LIVES ?= 1000
OTHER ?=
# With Swift's libraries inside: it starts sooner, and runs where no toolchain is. Linked by the toolchain's
# own linker: the system's warns of what stands in those libraries.
RELEASE = swift build -c release --static-swift-stdlib -Xswiftc -use-ld=lld

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: release ## Play the gate with a simulated GitLab beside it (ARGS=--once plays the whole story by itself)
	@.build/release/gatehouse demo $(ARGS)

# Apart: the tests of the two HTTP rooms keep time; those of the others, simulated lives, and the stories of the whole program take all there is of a
# small machine.
test: dependencies ## Run every test
	swift build --build-tests
	.build/debug/gatehouse policy test config/policy-tests.yaml --config config/gatehouse.yaml
	Tests/part --filter '^HTTP'
	Tests/part --skip '^(HTTP|gatehouse|Simulation)'
	Tests/part --filter '^SimulationTests\.'
	Tests/part --filter '^gatehouseTests\.'

matrix: dependencies ## Try the stories of the gate with each crash and each failure of the disk at every point (make test tries some; half an hour)
	@Tests/Matrix/run

simulate: dependencies ## Live whole lives of the gate with crashes and lost answers and check each step (SEED=random LIVES=1000; ALOUD=aloud tells all; docs/simulation-finds.md has what it found)
	@$(RELEASE) --product Simulation
	@.build/release/Simulation $(SEED) $(LIVES) $(ALOUD)

simulate-planted: dependencies ## Plant known bugs in a copy of the core, one at a time, and see that simulated lives catch each (a debug build, ten minutes; BUG=name for one)
	@Tests/Planted/run $(BUG)

test-sanitize: dependencies ## Run the tests, but those that measure memory and time, under the thread and the address sanitizer, part by part; leaks are not looked for (an hour; stopped, it goes on where it was; ARGS="thread gate" for one)
	@Tests/Sanitizing/run $(ARGS)

test-python-gitlab: dependencies ## Have python-gitlab (fetched from PyPI) use the gate in GitLab's place
	python3 -m venv .build/python-gitlab
	.build/python-gitlab/bin/pip install --quiet python-gitlab
	swift build --build-tests
	GATEHOUSE_PYTHON="$(CURDIR)/.build/python-gitlab/bin/python" swift test --skip-build --filter '^gatehouseTests\.PythonGitLabTests'

soak: dependencies ## Kill the server again and again under load, then let one live on under it (MINUTES=10)
	swift build --build-tests
	SOAK_MINUTES=$(MINUTES) swift test --skip-build --filter SoakTests

fuzz: dependencies ## Search for inputs that break what reads requests, webhooks, the configuration or calendars (SECONDS=60 for each of five)
	@Tests/Fuzzing/run $(SECONDS)

bench: release ## Measure the server on loopback beside bare SQLite and nginx, and print the ratios (about three minutes; OTHER=another-build compares the two alone)
	@$(RELEASE) --product Benchmark
	@.build/release/Benchmark .build/release/gatehouse $(OTHER)

build: dependencies ## Build for development
	swift build

release: dependencies ## Build .build/release/gatehouse
	@echo "Building in release (a few minutes the first time) ..."
	@$(RELEASE) --product gatehouse

lint: dependencies ## Check the format of every Swift file
	swift format lint --strict --recursive Sources Tests migrations Package.swift

format: dependencies ## Format every Swift file
	swift format --in-place --recursive Sources Tests migrations Package.swift

clean: ## Remove what was built
	swift package clean
	rm -rf .build-fuzzing .build-planted

dependencies:
	@.ci/dependencies
