/* call.h: how the tests of probes ask one: a fixture from a list of files, and a call from texts.
 *
 * What these make lives until the program ends, but for a gather, which whoever asked for it frees.
 */
#pragma once
#include "assess/engine/fixture.h"
#include "assess/probe/probe.h"

#define CALL_NOW_US (INT64_C(1800000000) * TIME_SECOND_US)

struct call_file {
	const char *path, *text;
};

struct gather *call_gather(const struct call_file *files, bool running); /* ends with a NULL path */
/* One file with these bytes, or that can be seen and not read. */
struct gather *call_gather_bytes(const char *path, const void *bytes, size_t len, bool running);
struct gather *call_gather_denied(const char *path, bool running);

struct probe_call call_of(const char *probe, const char *subject); /* asks for all fields */
void call_set(struct probe_call *call, const char *name, const char *text, int64_t number);
/* Two texts at most; the second may be NULL. */
void call_set_list(struct probe_call *call, const char *name, const char *first,
		   const char *second);
void call_set_map(struct probe_call *call, const char *name, const char *key, const char *text);

const struct value *call_value(const struct probe_call *call, const struct probe_answer *answer,
			       size_t row, const char *field);
/* The same as text for people; "" when it is absent. */
const char *call_shown(const struct probe_call *call, const struct probe_answer *answer, size_t row,
		       const char *field);
bool call_depends(const struct probe_answer *answer, const char *name);
