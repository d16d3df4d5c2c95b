# A short front for Meson: what people type.
BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
T ?= 60

.PHONY: all ui check bench fuzz fmt lint san tsan install clean

all: $(BUILD)/build.ninja ui
	ninja -C $(BUILD)

$(BUILD)/build.ninja:
	meson setup $(BUILD) --prefix=$(PREFIX) $(if $(CI),--werror)

# The dashboard is built only when its sources are newer than what was built from them.
ui:
	tools/ui build

check:
	./check --no-install

bench: all
	ninja -C $(BUILD) bench-programs
	tests/bench/run $(BUILD)

fuzz:
	tools/fuzz $(T)

fmt:
	tools/fmt

lint:
	tools/lint

san:
	test -d build-san || meson setup build-san -Dwalls=sanitizers -Db_sanitize=address,undefined \
		-Db_lundef=false -Dbuildtype=debugoptimized
	ninja -C build-san

tsan:
	test -d build-tsan || meson setup build-tsan -Dwalls=sanitizers -Db_sanitize=thread \
		-Db_lundef=false
	ninja -C build-tsan

# The prefix is compiled in (policies, dashboard), so it is settled before the last build.
install: $(BUILD)/build.ninja ui
	meson configure $(BUILD) -Dprefix=$(abspath $(PREFIX))
	ninja -C $(BUILD)
	DESTDIR="$(DESTDIR)" meson install -C $(BUILD) --no-rebuild
	install -d "$(DESTDIR)$(PREFIX)/share/muster/dashboard"
	cp -R ui/dist/. "$(DESTDIR)$(PREFIX)/share/muster/dashboard/"

clean:
	rm -rf build build-san build-tsan ui/dist
