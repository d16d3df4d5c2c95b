/* native.h: what a command would print on this host, told without running it.
 *
 * Policies made elsewhere ask by command lines, and their expressions are written for the text that
 * the command prints. One table (natives, a row a program) holds what is known: which arguments,
 * which facts they need, and the text, byte for byte as the program prints it in the C locale on
 * Debian 12. What a row reads, it reads through gather.h, so --root, limits, fixtures and
 * dependencies hold; what other probes know already is shared (assess/host, assess/setting), never
 * parsed twice. A row that needs the running system answers NATIVE_NOT_APPLICABLE under --root.
 *
 * Filters (grep, cut, awk after a pipe) get what the command before them printed as `input`. */
#pragma once
#include "assess/engine/gather.h"
#include "base/buf.h"

#define NATIVE_ARGS_MAX 64                     /* words of one command */
#define NATIVE_WORDS_MAX 100000                /* the same where a row says so (many) */
#define NATIVE_PRINTED_MAX (16u * 1024 * 1024) /* bytes; beyond, NATIVE_ERROR */

enum native_outcome {
	NATIVE_PRINTED,
	NATIVE_NO_PROGRAM, /* a shell would say "not found": the program isn't installed here */
	NATIVE_NOT_APPLICABLE,
	NATIVE_ERROR, /* it would print something, but that can't be known: reason */
};

struct native_call {
	struct gather *gather;   /* NULL: nothing is read, the answer stays as it is; see natives */
	const struct text *argv; /* as the program gets them: no quotes, no expansion */
	size_t argc;             /* 1.. NATIVE_WORDS_MAX; argv[0] may be a path (/sbin/modprobe) */
	const struct text *input; /* standard input; NULL: empty */
};

struct native_answer { /* zeroed before; texts live as long as the gather */
	enum native_outcome outcome;
	struct text out, err; /* what goes to standard output and standard error */
	int exit;
	struct text reason; /* unless NATIVE_PRINTED: a short sentence for people */
	bool drained;       /* it has read its input */
	bool secret; /* text of a file that gather_is_secret names is in it: it stays on the host */
};

struct native {
	const char *program; /* its last path component: "stat" */
	/* For documentation: the argument forms that are known, the facts read, what is printed. */
	const char *forms, *reads, *prints;
	bool asks; /* it may ask others (engine/ask.h): for the kernel's rules, for processes */
	/* Whether these arguments are understood: the same with and without a gather, so that lint
	 * can tell before there is a host. With one, fills in the answer. */
	must_use bool (*answer)(const struct native_call *call, struct native_answer *answer);
	bool many; /* takes more than NATIVE_ARGS_MAX words: from a glob, xargs or find -exec */
};

extern const struct native *const natives[]; /* by name; ends with NULL */

/* False: nothing here knows this command with these arguments. */
must_use bool native_knows(const struct text *argv, size_t argc);
must_use bool native_asks(const struct text *argv, size_t argc); /* see struct native */
must_use bool native_run(const struct native_call *call, struct native_answer *answer);

/* Copies a buffer's text into the answer; false and NATIVE_ERROR beyond NATIVE_PRINTED_MAX. */
bool native_print(const struct native_call *call, struct native_answer *answer,
		  const struct buf *out);
/* These set an outcome with its reason and return true, so that a row can return them. */
bool native_skip(struct native_answer *answer, struct text reason);
bool native_fail(struct native_answer *answer, struct text reason);
/* NATIVE_NO_PROGRAM unless one of these paths (ends with NULL) is there; true when it is. */
must_use bool native_installed(const struct native_call *call, const char *const *paths,
			       struct native_answer *answer);
