#include "assess/verdict/facts.h"

#include "base/buf.h"

struct facts {
	struct gather *gather;
	struct map *kept;
	struct probe_answer last; /* one that could not be kept */
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
	if (*facts)
		map_free(&(*facts)->kept);
	mem_free(facts);
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
		return answer;
	probe_run(facts->gather, call, &facts->last);
	if (gather_is_lending(facts->gather))
		return &facts->last;
	answer = arena_get(gather_arena(facts->gather), 1, sizeof(*answer));
	*answer = facts->last;
	map_put(facts->kept, buf_view(&key), answer);
	return answer;
}
