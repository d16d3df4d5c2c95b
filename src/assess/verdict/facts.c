#include "assess/verdict/facts.h"

#include "base/buf.h"

struct facts {
	struct gather *gather;
	struct map *kept;
	struct probe_answer last; /* one that could not be kept */
	struct map *looked;       /* NULL: nobody asks */
};

struct facts *facts_new(struct gather *gather)
{
	struct facts *facts = mem_new(1, sizeof(*facts));
	facts->gather = gather;
	facts->kept = map_new();
	return facts;
}

void facts_free(struct facts **facts)
{
	if (*facts) {
		map_free(&(*facts)->kept);
		map_free(&(*facts)->looked);
	}
	mem_free(facts);
}

void facts_track(struct facts *facts)
{
	map_free(&facts->looked);
	facts->looked = map_new();
}

void facts_looked(const struct facts *facts, const struct text **names, size_t *count)
{
	struct arena *arena = gather_arena(facts->gather);
	size_t at = 0, i = 0;
	*count = map_count(facts->looked);
	struct text *list = arena_get(arena, *count, sizeof(*list)), name;
	for (void *value; map_next(facts->looked, &at, &name, &value); i++)
		list[i] = arena_text(arena, name);
	*names = list;
}

/* What the answer depends on; a query that says "now" has other rows tomorrow. */
static const struct probe_answer *note(struct facts *facts, const struct probe_call *call,
				       const struct probe_answer *answer)
{
	size_t at;
	for (size_t i = 0; facts->looked && i < answer->depend_count; i++)
		map_put(facts->looked, answer->depends[i], facts);
	if (facts->looked && call->probe->table && text_find(call->subject, TEXT("now"), &at))
		map_put(facts->looked, TEXT("clock"), facts);
	return answer;
}

static void put(struct buf *key, struct text text)
{
	buf_add(key, &text.len, sizeof(text.len));
	buf_text(key, text);
}

static void put_key(struct buf *key, const struct probe_call *call)
{
	put(key, text_of(call->probe->name));
	put(key, call->probe->table ? TEXT("") : call->subject);
	buf_add(key, &call->fields, sizeof(call->fields));
	buf_char(key, call->content ? 'c' : '-');
	for (size_t i = 0; i < call->setting_count; i++) {
		put(key, text_of(call->settings[i].param->name));
		put(key, call->settings[i].text);
		buf_add(key, &call->settings[i].count, sizeof(call->settings[i].count));
		for (size_t j = 0; j < call->settings[i].count; j++) {
			put(key, call->settings[i].keys ? call->settings[i].keys[j] : TEXT(""));
			put(key, call->settings[i].list[j]);
		}
	}
}

const struct probe_answer *facts_get(struct facts *facts, const struct probe_call *call)
{
	scoped(buf_end) struct buf key = {0};
	put_key(&key, call);
	struct probe_answer *answer = map_get(facts->kept, buf_view(&key));
	if (answer)
		return note(facts, call, answer);
	probe_run(facts->gather, call, &facts->last);
	if (gather_is_lending(facts->gather))
		return note(facts, call, &facts->last);
	answer = arena_get(gather_arena(facts->gather), 1, sizeof(*answer));
	*answer = facts->last;
	map_put(facts->kept, buf_view(&key), answer);
	return note(facts, call, answer);
}
