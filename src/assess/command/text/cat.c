#include "assess/command/table.h"
#include "assess/command/text/feed.h"

static const struct option_word options[] = {{'u', NULL, false}, {0, NULL, false}};
static const struct feed_voice voice = {"cat: ", "", NULL, NULL, FEED_QUOTED_IF_ODD, 1};

static bool answer_cat(const struct native_call *call, struct native_answer *answer)
{
	struct args args = {.call = call, .options = options};
	struct text value;
	size_t count = 0;
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END; count += letter < ' ')
		if (letter == ARGS_UNKNOWN || (letter == ARGS_OPERAND && !feed_takes(value)))
			return false;
	if (!call->gather)
		return true;
	scoped(said_end) struct said said = said_begin(call, answer);
	struct feed feed;
	if (count == 0 && feed_open(&said, call, &voice, TEXT(""), &feed) == LOOK_OK)
		said_text(&said, feed.text);
	args = (struct args){.call = call, .options = options};
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;) {
		enum look look = letter == ARGS_OPERAND
					 ? feed_open(&said, call, &voice, value, &feed)
					 : LOOK_NO;
		if (look == LOOK_FAILED)
			return true;
		if (look == LOOK_OK)
			said_text(&said, feed.text);
	}
	return said_give(&said);
}

const struct native native_cat = {
	.program = "cat",
	.forms = "[FILE]…",
	.reads = "the files",
	.prints = "their contents, one behind the other",
	.many = true,
	.answer = answer_cat,
};
