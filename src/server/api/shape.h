/* shape.h: the shapes of what the API takes and answers.
 *
 * One table says which keys an object has, and of which type. From it come /api/v1/openapi.json and
 * the check of every body, so that what is described is what is taken, and a mistyped key is an
 * error instead of a wish that nobody heard. */
#pragma once
#include "format/json.h"

struct shape {
	const char *name;    /* unique */
	const char *members; /* name and type, with spaces between; shape_next reads them */
};

struct shape_member {
	struct text name;
	struct text type; /* text int bool time, any (an object, whatever its keys), or a shape */
	bool is_list;     /* of that type */
	bool is_optional; /* may be null or missing */
};

must_use const struct shape *shape_table(size_t *count);
must_use const struct shape *shape_find(struct text name); /* NULL: there is none */

/* Cuts the first member off *rest; false when none is left. */
must_use bool shape_next(struct text *rest, struct shape_member *member);

/* Whether one shape is the other, or has it in it. Both are of the table. */
must_use bool shape_is_within(const char *outer, const char *name);

/* Whether a body has keys of the shape alone, each of its type; shapes in it likewise. Else
 * ERR_INPUT that names the key, and what was probably meant. That something is missing, its taker
 * says, who knows what for. name is one of the table. */
must_use bool shape_check(const struct json *body, const char *name, struct err *err);
