# Everything that is built or measured goes to out/. Tools are pinned and live in the user's cache, outside the repository.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

GOLANGCI := v2.13.2
TOOLS    := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/friction/tools
LINT     := $(TOOLS)/golangci-lint-$(GOLANGCI)/golangci-lint
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
FUZZTIME ?= 20s
ARGS     ?=
TAGS     ?=
RACE     := $(if $(shell command -v $${CC:-gcc}),-race)
export CGO_ENABLED = 0

help: ## Show this list
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build out/friction, one file; TAGS=nolibchdb leaves out the embedded ClickHouse and links statically
	@go build -trimpath -tags '$(TAGS)' -ldflags "-s -w -X main.version=$(VERSION)" -o out/friction ./cmd/friction

test: start fmt vet lint arch unit mutants integration e2e deployment ## Run every check, cheapest first; it lists at the end what was skipped
	@echo "== all passed in $$(( $$(date +%s) - $$(cat out/started) )) s; skipped:"
	@if [ -s out/skipped ]; then sed 's/^/  /' out/skipped; else echo "  nothing"; fi

lint: $(LINT) ## Run the linters of .golangci.yml
	@echo "== lint"; $(LINT) run --allow-parallel-runners ./... ./.ci/testreport ./.ci/mutants

fmt: $(LINT)
	@echo "== format"; $(LINT) fmt --diff || { echo "run: $(LINT) fmt"; exit 1; }

vet:
	@echo "== vet"; go vet ./... ./.ci/testreport ./.ci/mutants; go mod tidy -diff

arch:
	@echo "== architecture"; $(call gotest,arch,./pipeline)

unit: ## Run the fast tests, under the race detector
	@echo "== unit$(if $(RACE), with the race detector)"
	@[ -n "$(RACE)" ] || echo "unit: the race detector: it needs a C compiler, none was found" >> out/skipped
	@export CGO_ENABLED=$(if $(RACE),1,0); $(call gotest,unit,$(RACE) -short ./... ./.ci/testreport ./.ci/mutants)

integration: ## Run all tests of the packages, with an embedded Kafka and ClickHouse if they need one
	@echo "== integration"; $(call gotest,integration,-timeout 25m ./pipeline/worker ./pipeline/... ./schemas/...) # the worker's take longest, so they begin first

e2e: build ## Run the tests that use the binary as its users do, and those of deploy/
	@echo "== end to end"; $(call gotest,e2e,-count=1 -timeout 15m ./cmd/... ./deploy/...)

deployment: ## Check chart, compose file and Dockerfile with the libraries of Helm, Kubernetes, Compose and BuildKit
	@echo "== deployment"; mkdir -p out; go build -o out/testreport ./.ci/testreport
	@cd .ci/tools; go vet ./...; go mod tidy -diff; go test -count=1 -json ./... | ../../out/testreport -stage deployment -skips ../../out/skipped

fuzz: ## Fuzz every target for FUZZTIME (20s)
	@go test -list '^Fuzz' ./... | awk '/^Fuzz/{f[++n]=$$1} /^ok/{for(i=1;i<=n;i++) print $$2, f[i]; n=0}' | \
	  while read -r pkg target; do echo "== $$pkg $$target"; go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$pkg"; done

golden: ## Rewrite expected outputs, also the configuration schema and example; read the diff before you commit it
	@go test -count=1 -run "^TestConfigHasEverySignal$$" ./pipeline/tuning -rewrite >/dev/null # what the others are compiled with
	@go test -count=1 $(call using,flag.Bool."rewrite") -rewrite; FRICTION_REWRITE=1 go test -count=1 -run Scenarios $(call using,scenario.RunAll); git status --short

bench: ## Measure speed beside a ceiling, and our JSON scanner beside jx; ARGS=--json prints JSON
	@go test -run '^$$' -bench '^BenchmarkAgainstJX$$' -benchtime 400x ./pipeline/decode
	@go build -o out/bench ./bench && out/bench $(ARGS)

bench-signals: ## Measure what all signals cost the engine, beside the first seven alone: at most a fifth more
	@go test -run '^$$' -bench '^BenchmarkEngine(OfSeven)?$$' -benchtime 3x -count 3 ./pipeline/pipetest

hostile: ## Measure what 300,000 events of one user cost, beside those of many: at most twice as much
	@FRICTION_HOSTILE=1 go test -count=1 -v -timeout 30m -run '^TestOneUserCostsAtMostTwiceWhatManyDo$$' ./pipeline/pipetest

kafka: ## Fetch the Apache Kafka for the tests (44 MB, into the user's cache; needs Java 17 and Maven)
	@go test -count=1 -run '^TestApacheKafkaIsThere$$' -v ./pipeline/pipetest/testcluster

restart: ## Kill a worker with a million open sessions, at 50,000 records a second; measure the time until it works again
	@go test -count=1 -v -timeout 30m -run '^TestRestartWithManyOpenSessions$$' ./pipeline/worker -args $(or $(ARGS),--sessions 1000000)

chaos: ## Inject random faults and compare the rows with the oracle; ARGS="--minutes 60 --seed 7", or ARGS="--kills 200" for kills alone
	@go test -count=1 -v -timeout 0 -run '^TestChaos$$' ./pipeline/worker -args $(or $(ARGS),--minutes 5)

demo: build ## See it work: Kafka, ClickHouse, traffic and worker together; ARGS="--for 60s --json"
	@out/friction demo $(ARGS)

demo-check: ## Run the demo with other incidents, other seeds and no incident, and check its alerts; takes 45 minutes
	@FRICTION_DEMO_CHECK=1 go test -count=1 -v -parallel 4 -timeout 90m -run '^TestDemo(Alerts|Finds)' ./cmd/friction

detection-quality: ## Compare every signal with the simulator's truth: precision and recall; ARGS=KIND shows what was missed, REWRITE=1 writes docs/signals.md
	@FRICTION_QUALITY=full FRICTION_QUALITY_SHOW=$(ARGS) go test -count=1 -v -timeout 30m -run '^TestDetectionQuality' ./pipeline/pipetest $(if $(REWRITE),-rewrite)

impact-quality: ## Compare estimates of lost conversions with simulated worlds and shops whose truth is known
	@FRICTION_IMPACT_SHOP=1 go test -count=1 -v -timeout 40m -run '^TestImpact' ./pipeline/query | grep -v '^==='

alert-quality: ## Run the alerter over a simulated month with 20 incidents: delay, misses, false alarms; takes some minutes
	@FRICTION_ALERT_QUALITY=1 go test -count=1 -v -timeout 40m -run '^TestMonthOfTraffic$$' ./pipeline/alert

verify-data: ## Send real data through Kafka, worker and ClickHouse, and compare with counts made by other programs
	@go test -tags verifydata -count=1 -v -timeout 30m -run '^TestVerifyData' ./cmd/friction $(ARGS)

mutants: ## Make small mistakes in the core and count those that its tests notice; ARGS="-n 300 -seed 7" takes half an hour
	@echo "== mutants"; go run ./.ci/mutants $(or $(ARGS),-n 40 -bar 75 -workers 2)

start:
	@mkdir -p out; date +%s > out/started; : > out/skipped

$(LINT):
	@echo "== build golangci-lint $(GOLANGCI) (once, some minutes)"
	@GOBIN=$(@D) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI)

# $(call using,words): the packages whose tests contain these words.
using = $$(grep -rl --include=*_test.go '$(1)' pipeline cmd | xargs -n1 dirname | sort -u | sed 's,^,./,')

# $(call gotest,stage,arguments): runs tests; prints one line per package, the output of failed tests, and counts.
gotest = mkdir -p out; go build -o out/testreport ./.ci/testreport; go test -json $(2) | out/testreport -stage $(1) -skips out/skipped

.PHONY: help build test lint fmt vet arch unit integration e2e deployment fuzz golden bench demo demo-check detection-quality alert-quality impact-quality verify-data start
.PHONY: bench-signals hostile kafka chaos restart mutants
