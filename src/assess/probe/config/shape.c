#include "assess/probe/config/shape.h"

#include <string.h>

#include "assess/setting/sshd.h"
#include "model/value.h"

struct words {
	struct arena *arena;
	struct text *at;
	size_t room, count;
};

static void add_word(struct words *words, struct text word)
{
	words->at = arena_grow(words->arena, words->at, &words->room, words->count + 1,
			       sizeof(*words->at));
	words->at[words->count++] = word;
}

/* Words with white space or commas between, for `contains` and its like. */
static void split_words(struct words *words, struct text text)
{
	struct text part, word;
	while (text_next(&text, ',', &part))
		while (text_word(&part, &word))
			add_word(words, word);
}

/* "+a,b" and "^a,b" are added to what sshd has built in, "-a" is taken from it: stands as
 * `(built-in)`, so that no `only` can hold by mistake. */
static void split_algorithms(struct words *words, struct text text)
{
	bool relative = text.len > 0 && strchr("+^-", text.at[0]);
	bool taken = text.len > 0 && text.at[0] == '-';
	if (relative) {
		add_word(words, TEXT("(built-in)"));
		text = (struct text){text.at + 1, text.len - 1};
	}
	if (!taken)
		split_words(words, text);
}

static struct value listed(struct text text, const struct words *words, bool is_list)
{
	return (struct value){
		.type = is_list ? VALUE_LIST : VALUE_TEXT,
		.text = text,
		.list = words->at,
		.count = words->count,
	};
}

struct value shape_sshd(struct gather *gather, struct text key, const struct settings *all)
{
	const struct setting *first = &all->at[0];
	struct words words = {.arena = gather_arena(gather)};
	struct text text = first->value;
	int64_t span_us;
	switch (sshd_kind(key)) {
	case SSHD_SPAN:
		if (sshd_read_span(text, &span_us))
			return value_number(VALUE_SPAN, span_us);
		break;
	case SSHD_COMMAS:
		split_algorithms(&words, text);
		return listed(text, &words, words.count > 1);
	case SSHD_ADDS_UP:
		for (size_t i = 0; i < all->count; i++)
			for (size_t j = 0; j < all->at[i].word_count; j++)
				add_word(&words, all->at[i].words[j]);
		return listed(text, &words, words.count > 1);
	case SSHD_WORDS:
		for (size_t i = 0; i < first->word_count; i++)
			add_word(&words, first->words[i]);
		return listed(text, &words, words.count > 1);
	case SSHD_WORD:
		if (text_is_alike(text, TEXT("without-password"))) /* its old name */
			text = TEXT("prohibit-password");
		break;
	case SSHD_TEXT:
		break;
	}
	split_words(&words, text);
	struct value value = listed(text, &words, false);
	value.caseless = sshd_kind(key) == SSHD_WORD;
	return value;
}

struct value shape_plain(struct gather *gather, const struct settings *all)
{
	struct words words = {.arena = gather_arena(gather)};
	for (size_t i = 0; i < all->count; i++)
		split_words(&words, all->at[i].value);
	return listed(all->at[0].value, &words, all->count > 1);
}

struct value shape_block(struct gather *gather, const struct block_answer *answer)
{
	struct words words = {.arena = gather_arena(gather)};
	scoped(buf_end) struct buf text = {0};
	for (size_t i = 0; i < answer->count; i++)
		for (size_t j = 0; j < answer->said[i]->word_count; j++) {
			buf_cstr(&text, text.len > 0 ? " " : "");
			buf_text(&text, answer->said[i]->words[j]);
			add_word(&words, answer->said[i]->words[j]);
		}
	if (answer->count == 0)
		return (struct value){0};
	return listed(arena_text(words.arena, buf_view(&text)), &words, words.count > 1);
}
