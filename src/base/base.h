/* base.h: the few words that every file uses.
 *
 * Attributes have one spelling here, so that code reads alike with gcc and clang, and must() is the
 * one way to state an invariant. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define must_use __attribute__((warn_unused_result))
#define format_like(text, first) __attribute__((format(printf, text, first)))
#define never_returns __attribute__((noreturn))
#define unused __attribute__((__unused__))

/* scoped(x_free) struct x *x = …: x_free(&x) runs on every way out of the block. */
#define scoped(end) __attribute__((cleanup(end)))

#define array_len(array) (sizeof(array) / sizeof((array)[0]))

/* Moves the pointer out of its variable, which is NULL afterwards: take(&x) passes ownership on. */
#define take(pointer)                                       \
	({                                                  \
		__typeof__(*(pointer)) taken_ = *(pointer); \
		*(pointer) = NULL;                          \
		taken_;                                     \
	})

/* A broken invariant of our own: names the place and ends the process. Always on; never for input,
 * system, time or a peer. */
#define must(condition) ((condition) ? (void)0 : must_failed(#condition, __FILE__, __LINE__))
/* An impossible case: what it would have been. */
#define never(what) must_failed(what, __FILE__, __LINE__)

never_returns void must_failed(const char *condition, const char *file, int line);
