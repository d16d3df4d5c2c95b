/* The target of an action: what becomes a query is one that hosts can be asked (an expression of
 * SQL, and what looks like a query of ours, may still be wrong in itself). Whole actions are
 * fuzz_policy's. */
#include "assess/policy/action/target.h"

#include <string.h>

#include "query/query.h"

#include "fuzz.h"

static bool has(struct text text, char c)
{
	return text.len > 0 && memchr(text.at, c, text.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text target = {(const char *)bytes, len}, made;
	struct err err = {0};
	scoped(arena_free) struct arena *arena = arena_new(64u * 1024 * 1024);
	if (!target_read(target, arena, &made, &err)) {
		must(err.kind == ERR_INPUT || err.kind == ERR_LIMIT);
		must(strncmp(err.text, "column ", 7) == 0);
		return 0;
	}
	must(made.len > 0);
	scoped(query_free) struct query *query = query_parse(made, &query_hosts, &err);
	must(query || err.kind == ERR_LIMIT || has(target, '~') || has(target, ':'));
	return 0;
}
