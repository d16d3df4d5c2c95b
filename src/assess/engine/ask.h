/* ask.h: what this process may not look at itself, asked of one that may.
 *
 * Behind the judge's walls there is no network and no other user's process. What lies there is
 * asked for in words, one line of text ("exe 812", "tls {…}"), and answered with text; the probe
 * that asks knows both. Who answers is handed to the gather: netprobe, procreader and the monitor
 * (judge/assist.h), or the example of a policy (fixture_add_answer). */
#pragma once
#include "assess/engine/gather.h"

#define ASK_QUESTION_MAX (64u * 1024) /* bytes */
#define ASK_ANSWER_MAX (1024u * 1024) /* bytes; a longer one is GATHER_FAILED */

/* Why there is no answer where nobody at all could be asked such a question. */
#define ASK_NOBODY "nobody here can look it up"

/* Where helpers answer with bytes of the kernel's, an example answers with lines for people, behind
 * this one, which no such bytes begin with. */
#define ASK_LINES "lines\n"

/* Answers as long as the gather lives. GATHER_MISSING: nobody here answers such a question, *why
 * says in a few words why ("nobody may connect from here"): the probe answers not_applicable.
 * GATHER_FAILED: it can't be known. `answer` and `why` come from arena. */
struct asker {
	enum gather_answer (*ask)(void *data, struct text question, struct arena *arena,
				  struct text *answer, struct text *why);
	/* Told what will probably be asked soon; NULL: it is of no use to know. */
	void (*expect)(void *data, struct text question);
	void *data;   /* lent */
	bool example; /* it is the example of a policy that answers */
};

/* Zeroed: nobody is there to answer. */
void gather_set_asker(struct gather *gather, struct asker asker);

/* Announces a question, so that slow answers are waited for together. */
void gather_expect(struct gather *gather, struct text question);

/* Each question is asked once in a run. Becomes a dependency ("ask:" and the question's first
 * word). */
must_use enum gather_answer gather_ask(struct gather *gather, struct text question,
				       struct text *answer, struct text *why);

/* What an example says; false: nothing, or this is a real host. No dependency. */
must_use bool gather_ask_example(struct gather *gather, struct text question, struct text *answer);
