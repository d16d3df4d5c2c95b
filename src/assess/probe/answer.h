/* answer.h: how a probe puts its answer together: rows within limits, or the reason why there are
 * none. */
#pragma once
#include "assess/probe/probe.h"

struct rows {
	struct gather *gather;
	const struct probe_call *call;
	struct probe_answer *answer;
	struct probe_row *at;
	size_t room, count;
};

/* A new row: its values, all absent, to be filled in the table's order. NULL: the limit is reached,
 * and the answer is PROBE_ERROR. */
must_use struct value *rows_add(struct rows *rows, struct evidence where);
void rows_give(struct rows *rows); /* the rows become the answer; its reason stays */

/* Copies a file's content, so that rows may point into it. False: too large for what is left of the
 * run's memory, and the answer is PROBE_ERROR. */
must_use bool rows_keep(struct rows *rows, struct text *content);

/* Both copy the text, made printable and cut, and return false. */
bool answer_fail(struct gather *gather, struct probe_answer *answer, struct text why);
bool answer_skip(struct gather *gather, struct probe_answer *answer, struct text why);
/* Why there are no rows, of the first that says so. */
void answer_miss(struct gather *gather, struct probe_answer *answer, struct text why);

must_use bool call_wants(const struct probe_call *call, size_t field);
must_use bool call_bool(const struct probe_call *call, const char *name, bool fallback);
must_use int64_t call_number(const struct probe_call *call, const char *name, int64_t fallback);
must_use struct text call_text(const struct probe_call *call,
			       const char *name); /* at NULL: not given */

must_use struct text print_text(struct gather *gather, const char *text, ...) format_like(2, 3);
