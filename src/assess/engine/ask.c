#include "assess/engine/ask.h"

#include "assess/engine/source.h"
#include "base/buf.h"

struct asked {
	enum gather_answer answer;
	struct text text, why;
};

static struct asked *ask_anew(struct gather *gather, struct text question)
{
	struct arena *arena = gather_arena(gather);
	const struct asker *asker = gather_asker(gather);
	struct asked *asked = arena_get(arena, 1, sizeof(*asked));
	*asked = (struct asked){.answer = GATHER_MISSING, .why = TEXT(ASK_NOBODY)};
	if (asker->ask)
		asked->answer = asker->ask(asker->data, question, arena, &asked->text, &asked->why);
	if (asked->answer == GATHER_OK && asked->text.len > ASK_ANSWER_MAX)
		*asked = (struct asked){.answer = GATHER_FAILED,
					.why = TEXT("the answer is longer than 1 MiB")};
	return asked;
}

void gather_expect(struct gather *gather, struct text question)
{
	const struct asker *asker = gather_asker(gather);
	must(question.len > 0 && question.len <= ASK_QUESTION_MAX);
	if (asker->expect && !map_get(gather_asked(gather), question))
		asker->expect(asker->data, question);
}

enum gather_answer gather_ask(struct gather *gather, struct text question, struct text *answer,
			      struct text *why)
{
	must(question.len > 0 && question.len <= ASK_QUESTION_MAX);
	struct arena *arena = gather_arena(gather);
	size_t word = 0;
	while (word < question.len && question.at[word] != ' ')
		word++;
	scoped(buf_end) struct buf name = {0};
	buf_print(&name, "ask:%.*s", (int)word, question.at);
	gather_depends_add(gather, arena_text(arena, buf_view(&name)));

	struct asked *asked = map_get(gather_asked(gather), question);
	if (!asked) {
		asked = ask_anew(gather, question);
		map_put(gather_asked(gather), question, asked);
	}
	*answer = asked->text;
	*why = asked->why;
	return asked->answer;
}

bool gather_ask_example(struct gather *gather, struct text question, struct text *answer)
{
	struct text why;
	const struct asker *asker = gather_asker(gather);
	return asker->ask && asker->example &&
	       asker->ask(asker->data, question, gather_arena(gather), answer, &why) == GATHER_OK;
}
