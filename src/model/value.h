/* value.h: one value that a probe read or a query compares: typed, so that matchers mean one thing.
 *
 * Absent (VALUE_NONE) is not an empty text: nothing but `exists: false` holds for it. */
#pragma once
#include "base/mem.h"
#include "base/time.h"

enum value_type {
	VALUE_NONE,
	VALUE_BOOL,
	VALUE_INT,
	VALUE_SIZE, /* bytes, in number */
	VALUE_SPAN, /* microseconds, in number */
	VALUE_TIME, /* microseconds since 1970, in number */
	VALUE_MODE, /* permission bits, in number: at_most means no bit beyond */
	VALUE_TEXT,
	VALUE_VERSION, /* text, compared as dpkg does */
	VALUE_ADDRESS, /* text, an IP address */
	VALUE_LEVEL,   /* enum level, in number */
	VALUE_TLS,     /* enum tls_level, in number */
	VALUE_LIST,    /* of texts */
};

/* Of Mozilla's Server Side TLS; the later, the stricter. */
enum tls_level { TLS_OLD = 1, TLS_INTERMEDIATE, TLS_MODERN };
must_use const char *value_tls_name(enum tls_level level);

struct value {
	enum value_type type;
	bool caseless; /* text that its program compares without regard to case */
	int64_t number;
	struct text text;
	const struct text *list;
	size_t count;
};

must_use struct value value_bool(bool truth);
must_use struct value value_number(enum value_type type, int64_t number);
must_use struct value value_text(enum value_type type, struct text text);

must_use const char *value_type_name(
	enum value_type type); /* for documentation: "size", "mode" … */

/* For people: `0644`, `10 MiB`, `"no"`, `3 d`; absent is `nothing`. */
must_use struct text value_show(const struct value *value, struct arena *arena);

/* Reads a text as a value of this type (a mode's "0640", a size's "10M"); false when it is none. */
must_use bool value_read(enum value_type type, struct text text, struct value *value);

/* Whether both are the same value; text is taken as the other's type where only one is typed. */
must_use bool value_is_equal(const struct value *a, const struct value *b);

/* <0, 0, >0 by type; false when they can't be compared. */
must_use bool value_compare(const struct value *a, const struct value *b, int *order);
