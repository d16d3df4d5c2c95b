#include <stdio.h>
#include <string.h>

#include "judge/assist.h"
#include "os/powers.h"
#include "unit.h"

/* Asks a rulereader of its own; in *text the answer, or why there is none. */
static enum gather_answer ask(struct arena *arena, const char *question, struct text *text)
{
	struct err err = {0};
	struct text answer = {0}, why = {0};
	scoped(assist_free) struct assist *assist = assist_new(1u << HELPER_RULEREADER, &err);
	assert_non_null(assist);
	struct asker asker = assist_asker(assist);
	enum gather_answer how = asker.ask(asker.data, text_of(question), arena, &answer, &why);
	*text = how == GATHER_OK ? answer : why;
	return how;
}

test(passes_on_what_the_kernel_lists_or_says_why_not)
{
	static const char *const questions[] = {"nftables chains", "nftables rules", "audit-rules",
						"audit-status"};
	struct arena *arena = arena_new(8 << 20);
	for (size_t i = 0; i < array_len(questions); i++) {
		struct text text;
		enum gather_answer how = ask(arena, questions[i], &text);
		if (powers_is_root())
			assert_true(how == GATHER_OK || text.len > 0);
		else {
			assert_int_equal(how, GATHER_MISSING);
			assert_true(text_ends(text, "run muster as root"));
		}
	}
	arena_free(&arena);
}

test(anything_but_its_few_questions_ends_it)
{
	static const char *const questions[] = {
		"nftables",
		"nftables flush",
		"nftables rules ",
		"nftables elements",
		"nftables elements 2 66",
		"nftables elements 2 6 66",
		"nftables elements 256 66 66",
		"nftables elements 2 66 66 66",
		"nftables elements 2 66 6600",
		"nftables elements 2 66 zz",
		"audit-rules 1",
		"audit-status x",
	};
	struct arena *arena = arena_new(8 << 20);
	struct text text;
	for (size_t i = 0; i < array_len(questions); i++) {
		assert_int_equal(ask(arena, questions[i], &text), GATHER_FAILED);
		assert_true(text_is(text, "rulereader: what the judge asks is no question"));
	}
	arena_free(&arena);
}

test(names_have_a_limit)
{
	struct arena *arena = arena_new(8 << 20);
	scoped(buf_end) struct buf question = {0};
	struct text text;
	buf_cstr(&question, "nftables elements 2 66 ");
	for (size_t i = 0; i < 256; i++)
		buf_cstr(&question, "61");
	assert_int_equal(ask(arena, question.at, &text), GATHER_FAILED);
	assert_true(text_is(text, "rulereader: what the judge asks is no question"));
	question.at[question.len - 2] = '\0';
	(void)ask(arena, question.at, &text);
	assert_false(text_is(text, "rulereader: what the judge asks is no question"));
	arena_free(&arena);
}
