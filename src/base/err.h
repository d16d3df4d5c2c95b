/* err.h: what went wrong, told once, in words that a person can act on.
 *
 * What can fail takes a struct err last, never NULL, and fills it exactly once when it fails. On
 * the way up callers put a place in front of the text. Callers branch on the kind alone. */
#pragma once
#include "base/base.h"

#define ERR_TEXT_SIZE 512 /* longer texts are cut, at a whole UTF-8 character */

enum err_kind {
	ERR_NONE,
	ERR_INPUT,   /* what we were given is wrong */
	ERR_LIMIT,   /* it is more than we take */
	ERR_REFUSED, /* we or somebody else won't: permission, token, signature */
	ERR_SYSTEM,  /* the machine, the disk, the network */
	ERR_BUSY,    /* not now; later may work */
};

struct err {
	enum err_kind kind;
	char text[ERR_TEXT_SIZE];
};

/* Fills err; always returns false, so that `return err_set(…)` reads as what it is. */
bool err_set(struct err *err, enum err_kind kind, const char *text, ...) format_like(3, 4);

/* Puts "where: " in front of what err says; always returns false. */
bool err_add(struct err *err, const char *where, ...) format_like(2, 3);

/* ERR_SYSTEM (EACCES and EPERM: ERR_REFUSED) with ": " and what errno says behind the text. To be
 * called on the line after the call that failed; always returns false. */
bool err_errno(struct err *err, const char *text, ...) format_like(2, 3);

/* The exit status of a program that ends with this error: ERR_INPUT and ERR_LIMIT 2, none 0,
 * others 3. */
must_use int err_exit(const struct err *err);

/* The HTTP status that stands for this kind: 400, 413, 403, 500, 503; none is 200. */
must_use int err_http(enum err_kind kind);
