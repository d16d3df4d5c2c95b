/* The kernel's answers about nftables: two bytes each say how long the answer about chains, and the
 * one about rules is; the rest is the answer about any set. */
#include "ask.h"
#include "assess/engine/ask.h"

struct answers {
	struct text chains, rules, elements;
};

static enum gather_answer answer_all(void *data, struct text question, struct arena *arena,
				     struct text *answer, struct text *why unused)
{
	const struct answers *answers = data;
	struct text text = answers->elements;
	if (text_is(question, "nftables chains"))
		text = answers->chains;
	else if (text_is(question, "nftables rules"))
		text = answers->rules;
	*answer = arena_text(arena, text);
	return GATHER_OK;
}

static struct text cut(struct text *rest)
{
	if (rest->len < 2)
		return TEXT("");
	size_t len = (size_t)(unsigned char)rest->at[0] << 8 | (unsigned char)rest->at[1];
	if (len > rest->len - 2)
		len = rest->len - 2;
	struct text part = {rest->at + 2, len};
	*rest = (struct text){part.at + len, rest->len - 2 - len};
	return part;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text rest = {(const char *)bytes, len};
	struct answers answers = {.chains = cut(&rest)};
	struct probe_answer answer;
	struct probe_call call = {.probe = probe_find(TEXT("firewall_rules")),
				  .fields = UINT64_MAX};
	answers.rules = cut(&rest);
	answers.elements = rest;
	scoped(fixture_free) struct fixture *fixture = fixture_new();
	struct gather_config config = {.running = true};
	scoped(gather_free) struct gather *gather = fixture_gather(fixture, &config);
	gather_set_asker(gather, (struct asker){.ask = answer_all, .data = &answers});
	probe_run(gather, &call, &answer);
	must(answer.outcome == PROBE_ROWS || (answer.reason.len > 0 && answer.count == 0));
	for (size_t i = 0; i < answer.count; i++)
		must(answer.rows[i].values[0].type == VALUE_TEXT);
	return 0;
}
