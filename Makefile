# What can be done here; `make` alone lists it. The work is in packaging/.
PREFIX   ?= /usr/local
DESTDIR  ?=
# Where the built programs are taken from by `make install`.
BUILT    ?= .build/release
STRIP    ?= strip

RELEASE  := -c release --static-swift-stdlib -Xswiftc -use-ld=lld --explicit-target-dependency-import-check error
PROGRAMS := $(BUILT)/flipd $(BUILT)/flip-worker $(BUILT)/flipctl

.PHONY: help run test test-faults test-machine bench build deb lint install clean

help: ## list what can be done here
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1@\2/p' Makefile | while IFS=@ read -r name text; do \
	  printf '%-18s %s\n' "$$name" "$$text"; done

run: ## install what is missing, build, and run flipd on ./var until Ctrl-C
	@packaging/swift
	@packaging/need build sample
	@packaging/swift build $(RELEASE)
	@packaging/run

test: ## install what is missing, build, pack, and run every test
	@packaging/swift
	@packaging/need build deb test
	@packaging/swift build $(RELEASE)
	@packaging/deb .build/release
	@packaging/test

test-machine: ## boot a machine, install the package in it, and treat it as the world does
	@packaging/swift
	@packaging/need build deb test
	@packaging/swift build $(RELEASE)
	@packaging/deb .build/release
	@packaging/test --filter SystemdTests

test-faults: ## kill flipd and let its disk fail at every system call; takes long
	@packaging/swift
	@packaging/need build test
	@FLIPD_FAULTS=all packaging/test --filter 'SystemTests\.([A-Za-z]*CrashTests|DiskErrorTests|PowerCutTests)'

bench: ## build, and measure videos beside ffmpeg; writes bench/RESULTS.md, and takes half an hour
	@packaging/swift
	@packaging/need build sample
	@packaging/swift build $(RELEASE)
	@bench/speed.py

build: ## install what is missing, and build the programs into .build/release
	@packaging/swift
	@packaging/need build
	@packaging/swift build $(RELEASE)
	@echo "flipd, flip-worker and flipctl are in .build/release, and run from there."

deb: ## build, and make the package for the Debian that runs here, or as root for DEBIAN=trixie or bookworm
ifdef DEBIAN
	@packaging/chroot $(DEBIAN) make deb
else
	@packaging/swift
	@packaging/need build deb
	@packaging/swift build $(RELEASE)
	@packaging/deb .build/release
endif

lint: ## check the form of the sources, and the rules of the house
	@packaging/swift
	@packaging/need build test
	@packaging/swift format lint --strict --recursive Package.swift Sources Tests $(wildcard bench)
	@packaging/swift test --disable-xctest --filter HouseTests

# Built already, it may be installed by a root that has no Swift.
install: ## install below PREFIX=/usr/local; DESTDIR= for packagers
	@for program in $(PROGRAMS); do [ -x "$$program" ] || { $(MAKE) build; break; }; done
	@packaging/install "$(BUILT)" "$(DESTDIR)" "$(PREFIX)" "$(STRIP)"

clean: ## remove what was built; ./var stays
	rm -rf .build
