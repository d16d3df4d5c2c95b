/* waived.h: why an item counts as waived, and what it was: an exception that a person made, until a
 * day (CONTRACT 5). */
#pragma once
#include "base/mem.h"
#include "format/json.h"
#include "model/level.h"

#define WAIVED_WHY_MAX 1000 /* bytes */
#define WAIVED_BY_MAX 200

struct waived {
	struct text id; /* the waiver's: 32 hex digits */
	int64_t until_us;
	struct text why, by; /* by: who made it */
	enum status status;  /* the verdict: STATUS_FAIL or STATUS_ERROR */
	struct text reason;  /* the verdict's */
};

/* {"id","until","why","by","status","reason"}; the caller's. */
must_use struct json *waived_to_json(const struct waived *waived);

/* Into arena, texts copied. ERR_INPUT, ERR_LIMIT name the field. */
must_use bool waived_from_json(const struct json *json, struct arena *arena, struct waived *waived,
			       struct err *err);
