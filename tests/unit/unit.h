/* unit.h: what every unit test includes, after the header that it tests.
 *
 * test(name) { … } defines a cmocka test and registers it; main is in unit.c, runs the tests of the
 * file in their order and speaks TAP. An argument, with wildcards, selects tests by name. What the
 * helpers return lives until the program ends; what goes wrong in a helper fails the test. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define UNIT_TESTS_MAX 128       /* in one file: more ends the program */
#define UNIT_FILE_MAX (16 << 20) /* bytes that unit_read_file reads: more fails the test */

#define test(name)                                                     \
	static void test_##name(void **state);                         \
	__attribute__((constructor)) static void register_##name(void) \
	{                                                              \
		unit_register(#name, test_##name);                     \
	}                                                              \
	static void test_##name(__attribute__((__unused__)) void **state)

/* Ends this test as skipped; the reason is printed and counted. */
#define unit_skip(reason)                              \
	do {                                           \
		print_message("# skip: %s\n", reason); \
		skip();                                \
	} while (0)

void unit_register(const char *name, void (*run)(void **state));

/* Makes an empty folder, a new one at each call, and returns its path. */
const char *unit_tmpdir(void);

/* Makes a text as printf would; for paths and inputs. */
__attribute__((format(printf, 1, 2))) const char *unit_text(const char *format, ...);

/* Writes len bytes to the file at path, and makes the folders above it. */
void unit_write_file(const char *path, const void *bytes, size_t len);

/* Reads the file at path; a NUL, not counted in *len, follows it. len may be NULL. */
char *unit_read_file(const char *path, size_t *len);

/* Returns where the shared test data holds path ("mig/…"): below $MUSTER_DATA, else beside the
 * checkout in ../shared/data. NULL when it isn't there, after a note that says so: then skip(). */
const char *unit_data(const char *path);

/* Returns the path of a file of this project ("policies/system.yaml"). */
const char *unit_source(const char *path);

/* Whether run(arg), in a process of its own, ends by abort(), as must() does. */
bool unit_aborts(void (*run)(void *arg), void *arg);
