/* target.h: what a request line asks for: a path in segments, and the arguments behind the question
 * mark.
 *
 * Percent-encoding is undone once, strictly: a broken escape, a NUL or text that is not UTF-8 is
 * refused, and '.' and '..' are no path segments. '+' is a space in arguments alone. RFC 3986, 3.3
 * and 3.4. */
#pragma once
#include "base/mem.h"

#define TARGET_SEGMENTS_MAX 16
#define TARGET_ARGS_MAX 32

struct target_arg {
	struct text name, value;
};

struct target {
	struct text path; /* as it was sent, without arguments */
	struct text segments[TARGET_SEGMENTS_MAX];
	size_t segment_count; /* "/": 0; a slash at the end counts for nothing */
	struct target_arg args[TARGET_ARGS_MAX];
	size_t arg_count;
};

/* Texts go into arena. ERR_INPUT says what is wrong with it, ERR_LIMIT that there is too much of
 * it. */
must_use bool target_parse(struct text raw, struct arena *arena, struct target *target,
			   struct err *err);

/* The first argument of that name; at NULL when there is none. */
must_use struct text target_arg(const struct target *target, const char *name);
