/* shape.h: what a program said about a setting, as one value that matchers judge. */
#pragma once
#include "assess/setting/block/block.h"

/* sshd's settings: durations, lists of algorithms, lines of words, words in any case. */
must_use struct value shape_sshd(struct gather *gather, struct text key,
				 const struct settings *settings);

/* Of all others: one line is a text that may hold several words, several lines are a list of all
 * their words. */
must_use struct value shape_plain(struct gather *gather, const struct settings *settings);

/* In one block: one word is a text; more, or several lines, are a list of words. Nothing said:
 * VALUE_NONE. */
must_use struct value shape_block(struct gather *gather, const struct block_answer *answer);
