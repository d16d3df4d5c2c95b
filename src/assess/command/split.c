#include "assess/command/split.h"

#include <string.h>

#include "assess/command/native.h"

/* The next word: *there tells an empty one ("") from none. */
static struct text next_word(struct text line, size_t *at, struct buf *word, bool *there)
{
	bool quoted = false;
	*there = false;
	buf_clear(word);
	for (; *at < line.len; (*at)++) {
		char c = line.at[*at];
		if (c == ' ' && !quoted) {
			if (*there)
				break;
			continue;
		}
		if (c == '"') {
			*there |= quoted;
			quoted = !quoted;
			continue;
		}
		if (c == '\\' && ++*at == line.len)
			break; /* the last one stands for nothing */
		buf_char(word, line.at[*at]);
		*there = true;
	}
	return buf_view(word);
}

bool command_split(struct text line, struct arena *arena, const struct text **argv, size_t *argc,
		   struct err *err)
{
	struct text words[NATIVE_ARGS_MAX];
	scoped(buf_end) struct buf word = {0};
	size_t count = 0;
	if (line.len > COMMAND_LINE_MAX)
		return err_set(err, ERR_LIMIT, "the command line has more than %d bytes",
			       COMMAND_LINE_MAX);
	if (line.len > 0 && memchr(line.at, 0, line.len))
		return err_set(err, ERR_INPUT, "the command line holds a NUL");
	for (size_t at = 0; at < line.len;) {
		bool there;
		struct text text = next_word(line, &at, &word, &there);
		if (!there)
			continue;
		if (count == NATIVE_ARGS_MAX)
			return err_set(err, ERR_LIMIT, "the command has more than %d words",
				       NATIVE_ARGS_MAX);
		words[count++] = arena_text(arena, text);
	}
	if (count == 0 || words[0].len == 0)
		return err_set(err, ERR_INPUT,
			       "there is no command; write its words: [stat, -c, \"%%a\", /etc]");
	struct text *kept = arena_get(arena, count, sizeof(*kept));
	memcpy(kept, words, count * sizeof(*kept));
	*argv = kept;
	*argc = count;
	return true;
}

struct text command_join(const struct text *argv, size_t argc, struct arena *arena)
{
	scoped(buf_end) struct buf out = {0};
	for (size_t i = 0; i < argc; i++) {
		bool quote = argv[i].len == 0 || memchr(argv[i].at, ' ', argv[i].len);
		buf_cstr(&out, i > 0 ? " " : "");
		buf_cstr(&out, quote ? "\"" : "");
		for (size_t j = 0; j < argv[i].len; j++) {
			if (argv[i].at[j] == '"' || argv[i].at[j] == '\\')
				buf_char(&out, '\\');
			buf_char(&out, argv[i].at[j]);
		}
		buf_cstr(&out, quote ? "\"" : "");
	}
	return arena_text(arena, buf_view(&out));
}
