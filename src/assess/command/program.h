/* program.h: what the rows of installed programs have in common: whether it is here, its options,
 * how it ends. */
#pragma once
#include "assess/command/native.h"

#define PROGRAM_OPTIONS_MAX 48 /* of one program */

struct program_option {
	char letter;      /* 0: none */
	const char *name; /* long, without dashes; NULL: none */
	bool takes;       /* a value follows */
};

/* The arguments as getopt_long takes them: -nv, -oX, -o X, --name, --name=X, words anywhere, -- in
 * front of words alone. */
struct program_args {
	unsigned given[PROGRAM_OPTIONS_MAX];     /* how often, by the option's place in its table */
	struct text values[PROGRAM_OPTIONS_MAX]; /* the last one */
	struct text words[NATIVE_ARGS_MAX];
	size_t word_count;
};

/* False: an option that the table hasn't, or one without its value. */
must_use bool program_read_args(const struct native_call *call,
				const struct program_option *options, size_t count,
				struct program_args *args);

/* Whether it is where its path says, or where root's PATH finds it; else NATIVE_NO_PROGRAM. */
must_use bool program_is_here(const struct native_call *call, struct native_answer *answer);

/* Whether this is the running system; else NATIVE_NOT_APPLICABLE: "WHAT: that needs …". */
must_use bool program_is_live(const struct native_call *call, struct native_answer *answer,
			      const char *what);

/* What it wrote and its exit status; returns true. */
bool program_end(const struct native_call *call, struct native_answer *answer,
		 const struct buf *out, const struct buf *err, int exit);

/* native_skip and native_fail with a text that is made like printf's. */
bool program_skip(const struct native_call *call, struct native_answer *answer, const char *text,
		  ...) format_like(3, 4);
bool program_fail(const struct native_call *call, struct native_answer *answer, const char *text,
		  ...) format_like(3, 4);
