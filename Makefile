# aelua: `make run` does everything to run the first experiment, `make test` everything to pass the
# tests.
#
#   make            the program, build/aelua
#   make run        installs what is missing, builds, runs experiments/e2e.lua
#   make test       installs what is missing, builds, runs the tests on every kernel path there is;
#                   FILTER=layer/Linear for some of them
#   make check      walls, style and warnings: see tools/check
#   make analyze    gcc -fanalyzer, clang-tidy and cppcheck over src: see tools/analyze;
#                   FILTER=src/io for some files
#   make sanitize   the tests under AddressSanitizer and UBSan
#   make tsan       the tests under ThreadSanitizer, with four threads
#   make valgrind   the tests under valgrind
#   make fuzz       random inputs by libFuzzer; TARGET=png for one target, RUNS=1000000 inputs or
#                   SECONDS=60 for each
#   make hardening  all of these and more, with figures: see tools/hardening.lua; takes hours.
#                   QUICK=1 for the fast part, PART='fuzz kills' for some parts
#   make coverage   lines and branches of src that the tests run; a line that none runs must have a
#                   reason in tests/uncovered.txt
#   make bench      measures kernels, epochs and the whole program, beside BLAS libraries and
#                   PyTorch where they are installed; ROUNDS=5
#   make data       downloads Fashion-MNIST to data/fashion-mnist and verifies it
#   make reference  build/reference.md, generated from the layers, losses and optimizers
#   make install    PREFIX=/usr/local DESTDIR=
#   make clean
#
# CC, CFLAGS, BUILD and SANITIZE (address,undefined for example) may be set; V=1 shows commands.

BUILD   ?= build
PREFIX  ?= /usr/local
CC      ?= cc
CFLAGS  ?= -O3 -g
WERROR  ?=
SANITIZE ?=

LUA := $(firstword $(foreach name,lua5.4 lua54 lua,\
         $(shell pkg-config --exists '$(name) >= 5.4' 2>/dev/null && echo $(name))))
LUA_CFLAGS := $(if $(LUA),$(shell pkg-config --cflags $(LUA)),-I/usr/include/lua5.4)
LUA_LIBS   := $(if $(LUA),$(shell pkg-config --libs $(LUA)),-llua5.4)
READLINE   := $(shell printf '\043include <stdio.h>\n\043include <readline/readline.h>\n' | \
                $(CC) -E - >/dev/null 2>&1 && echo yes)

WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            $(if $(WERROR),-Werror)
# Same bits everywhere: nothing is contracted or reassociated behind the source's back.
STRICT   := -std=c11 -ffp-contract=off -fno-math-errno -fno-trapping-math -D_GNU_SOURCE
SAN      := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all \
              -fno-omit-frame-pointer)
FLAGS     = $(STRICT) $(CFLAGS) $(WARNINGS) $(SAN) -Isrc -pthread -MMD -MP
LIBS      = -lz -lm -lpthread $(SAN)

# Commands are told in short; V=1 shows them whole.
Q   := $(if $(V),,@)
say  = $(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),,@echo '  $1')

# ---- the engine ----

PARTS   := core math layer loss optim data io
ENGINE  := $(wildcard $(PARTS:%=src/%/*.c) src/kernel/*.c)
# src/kernel/path/ is compiled once per path: the same source, another width.
PATHED  := $(wildcard src/kernel/path/*.c)
PATHS   := portable
ifneq ($(filter x86_64 amd64,$(shell $(CC) -dumpmachine | cut -d- -f1)),)
PATHS   += avx2 avx512
endif
FLAGS_portable :=
FLAGS_avx2     := -mavx2 -mfma -mprfchw -mtune=haswell
FLAGS_avx512   := -mavx512f -mavx512dq -mavx512bw -mavx512vl -mfma -mprfchw \
                  -mprefer-vector-width=512

ENGINE_O := $(ENGINE:src/%.c=$(BUILD)/obj/%.o) \
            $(foreach p,$(PATHS),$(PATHED:src/kernel/path/%.c=$(BUILD)/obj/kernel/$p/%.o)) \
            $(BUILD)/obj/gen/registry.o
BIND_O   := $(patsubst src/%.c,$(BUILD)/obj/%.o,$(wildcard src/bind/*.c src/main.c)) \
            $(BUILD)/obj/gen/library.o

LAYERS := $(basename $(notdir $(wildcard src/layer/[A-Z]*.c)))
LOSSES := $(basename $(notdir $(wildcard src/loss/[A-Z]*.c)))
OPTIMS := $(basename $(notdir $(wildcard src/optim/[A-Z]*.c)))
LIBRARY := $(sort $(wildcard lua/*.lua lua/*/*.lua))

.DELETE_ON_ERROR:
.PHONY: all run test check analyze sanitize tsan valgrind fuzz coverage hardening bench data \
        reference install clean deps list
all: $(BUILD)/aelua

$(BUILD)/aelua: $(BIND_O) $(BUILD)/libaelua.a
	$(call say,link $@)
	$(Q)$(CC) $(CFLAGS) -o $@ $(BIND_O) $(BUILD)/libaelua.a $(LUA_LIBS) \
	  $(if $(READLINE),-lreadline) $(LIBS)

$(BUILD)/libaelua.a: $(ENGINE_O)
	@rm -f $@
	$(call say,pack $@)
	$(Q)$(AR) rcs $@ $^

$(BUILD)/obj/bind/%.o: src/bind/%.c
	@mkdir -p $(@D)
	$(call say,cc $<)
	$(Q)$(CC) $(FLAGS) $(LUA_CFLAGS) -c -o $@ $<

$(BUILD)/obj/bind/prompt.o: FLAGS += $(if $(READLINE),-DAELUA_READLINE)

$(BUILD)/obj/main.o: src/main.c
	@mkdir -p $(@D)
	$(call say,cc $<)
	$(Q)$(CC) $(FLAGS) $(LUA_CFLAGS) -c -o $@ $<

define path_rule
$(BUILD)/obj/kernel/$1/%.o: src/kernel/path/%.c
	@mkdir -p $$(@D)
	$$(call say,cc $$< for $1)
	$$(Q)$(CC) $(FLAGS) $(FLAGS_$1) -DAEI_PATH=$1 -DAEI_PATH_$1 -c -o $$@ $$<
endef
$(foreach p,$(PATHS),$(eval $(call path_rule,$p)))

$(BUILD)/obj/%.o: src/%.c
	@mkdir -p $(@D)
	$(call say,cc $<)
	$(Q)$(CC) $(FLAGS) -c -o $@ $<

$(BUILD)/obj/gen/%.o: $(BUILD)/gen/%.c
	@mkdir -p $(@D)
	$(call say,cc $<)
	$(Q)$(CC) $(FLAGS) -c -o $@ $<

# ---- what is generated ----

# The table of layers, losses and optimizers, from the names of their files.
$(BUILD)/gen/registry.c: tools/registry $(BUILD)/gen/names
	$(call say,make $@)
	$(Q)sh tools/registry $(BUILD)/gen/names >$@

# Rewritten only when the list of files changed.
$(BUILD)/gen/names: list
	@mkdir -p $(@D)
	@printf '%s\n' $(LAYERS:%=layer:%) $(LOSSES:%=loss:%) $(OPTIMS:%=optim:%) | LC_ALL=C sort >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# The Lua library as strings, so that the program is one file.
$(BUILD)/gen/library.c: tools/library $(LIBRARY)
	@mkdir -p $(@D)
	$(call say,make $@)
	$(Q)sh tools/library $(LIBRARY) >$@

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

# C tests: the engine without Lua, one program.
CTESTS  := $(filter-out tests/fuzz/host.c tests/fuzz/program.c,\
             $(sort $(wildcard tests/*.c tests/*/*.c)))
CTEST_O := $(CTESTS:tests/%.c=$(BUILD)/obj/tests/%.o)
$(BUILD)/obj/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(call say,cc $<)
	$(Q)$(CC) $(FLAGS) -Itests -c -o $@ $<
$(BUILD)/ctest: $(CTEST_O) $(BUILD)/libaelua.a
	$(call say,link $@)
	$(Q)$(CC) $(CFLAGS) -o $@ $(CTEST_O) $(BUILD)/libaelua.a $(LIBS)

include tests/fuzz/Makefile.inc

# ---- use ----

# These build in a make of its own, after the dependencies are there, on every processor; and one
# after the other, also when several are asked for at once.
ifneq ($(filter run test check sanitize tsan valgrind coverage hardening bench,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif
JOBS = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 2))
MAKE_IT = $(MAKE) --no-print-directory $(JOBS)

deps:
	@sh tools/deps

run: deps
	@$(MAKE_IT) all
	$(BUILD)/aelua experiments/e2e.lua

test: deps
	@$(MAKE_IT) all $(BUILD)/ctest
	$(BUILD)/aelua tests/run.lua $(BUILD) $(FILTER)

check: deps
	@$(MAKE_IT) all reference
	@sh tools/check $(BUILD)

analyze:
	@sh tools/analyze $(BUILD) $(FILTER)

# Without the experiments, which are slow. A leak at the end of a test is a failure; warnings are
# make check's business.
SANITIZED = BUILD=$(BUILD)/sanitize SANITIZE=address,undefined CFLAGS='-O1 -g -w'
sanitize: deps
	@$(MAKE_IT) $(SANITIZED) all $(BUILD)/sanitize/ctest
	AELUA_QUICK=1 $(BUILD)/sanitize/aelua tests/run.lua $(BUILD)/sanitize $(FILTER)

# One kernel path: threads are the same on each. The best below AVX-512.
ONE_PATH = $(shell grep -qw avx2 /proc/cpuinfo && echo avx2 || echo portable)
tsan: deps
	@$(MAKE_IT) BUILD=$(BUILD)/tsan SANITIZE=thread CFLAGS='-O1 -g -w' all $(BUILD)/tsan/ctest
	AELUA_QUICK=1 AELUA_SANITIZE=thread AELUA_THREADS=4 AELUA_KERNELS=$(ONE_PATH) \
	  $(BUILD)/tsan/aelua tests/run.lua $(BUILD)/tsan $(FILTER)

# valgrind knows no AVX-512, and does not flush denormals: only memory errors count.
VALGRIND = valgrind -q --leak-check=full --show-leak-kinds=definite \
  --errors-for-leak-kinds=definite --error-exitcode=9
valgrind: deps
	@$(MAKE_IT) all $(BUILD)/ctest
	AELUA_QUICK=1 AELUA_KERNELS=$(ONE_PATH) AELUA_UNDER='$(VALGRIND)' \
	  $(BUILD)/aelua tests/run.lua $(BUILD) $(FILTER)

# Needs clang and llvm, and says so when they are missing.
coverage: deps
	@FILTER='$(FILTER)' sh tools/coverage $(BUILD)/coverage

# A benchmark, not a test: nothing passes or fails by it.
$(BUILD)/obj/bench/%.o: bench/%.c
	@mkdir -p $(@D)
	$(call say,cc $<)
	$(Q)$(CC) $(FLAGS) -c -o $@ $<
$(BUILD)/bench-kernels: $(BUILD)/obj/bench/kernels.o $(BUILD)/libaelua.a
	$(call say,link $@)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(LIBS) -ldl

ROUNDS ?= 5
bench: deps
	@$(MAKE_IT) all $(BUILD)/bench-kernels
	$(BUILD)/aelua bench/run.lua $(BUILD) $(ROUNDS)

# Everything there is against aelua; each part runs a make of its own.
hardening: deps
	@$(MAKE_IT) all
	@env -u MAKEFLAGS -u MAKELEVEL $(BUILD)/aelua tools/hardening.lua $(BUILD) \
	  $(if $(QUICK),quick,full) $(PART)

data:
	@sh tools/data data/fashion-mnist

reference: $(BUILD)/aelua
	$(call say,make $(BUILD)/reference.md)
	$(Q)$(BUILD)/aelua tools/reference.lua >$(BUILD)/reference.md

install: all reference
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/aelua/experiments \
	  $(DESTDIR)$(PREFIX)/share/doc/aelua
	install -m 755 $(BUILD)/aelua $(DESTDIR)$(PREFIX)/bin/aelua
	install -m 644 experiments/*.lua $(DESTDIR)$(PREFIX)/share/aelua/experiments
	install -m 644 README.md CHANGELOG.md LICENSE $(BUILD)/reference.md \
	  $(DESTDIR)$(PREFIX)/share/doc/aelua

clean:
	rm -rf $(BUILD)
