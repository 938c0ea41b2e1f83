# The front doors. Each installs what it needs first (tools/deps), so a fresh clone needs nothing by hand.
#   make run      build and run the demo: a compute-futures month, with the page
#   make test     every test there is; ends with "N passed, N failed"
#   make lint     everything a machine can judge about the tree
#   make format   writes the tree's C as lint wants it
#   make bench    the benches of bench/, beside their bars
#   make fuzz     each fuzz target for FUZZ_SECONDS (default 60)
#   make soak     the long tests, for SOAK_MINUTES (default 10)
#   make install  the program, its pages and data, under PREFIX (default /usr/local)
.POSIX:
.PHONY: all run test lint format bench fuzz soak install clean deps web

all: deps
	@tools/build gcc

deps:
	@tools/deps

web: deps
	@tools/web

run: deps web
	@tools/build gcc
	@build/gcc/hedgerow demo $(ARGS)

test: deps
	@tools/web --dev
	@tools/test

lint: deps
	@tools/lint

format: deps
	@tools/format

bench: deps
	@tools/build gcc
	@tools/bench $(ARGS)

fuzz: deps
	@tools/build fuzz
	@tools/fuzz $${FUZZ_SECONDS:-60}

soak: deps
	@tools/build gcc
	@tools/soak $${SOAK_MINUTES:-10}

install: deps web
	@tools/build gcc
	@meson configure build/gcc -Dprefix=$${PREFIX:-/usr/local}
	@DESTDIR=$(DESTDIR) meson install -C build/gcc --quiet
	@echo "installed under $(DESTDIR)$${PREFIX:-/usr/local}"

clean:
	rm -rf build
