#include <inttypes.h>

#include "assess/verdict/content.h"
#include "assess/verdict/decide.h"
#include "base/buf.h"

#define LINES_NAMED_MAX 5     /* line numbers in a reason */
#define PATTERN_SHOWN_MAX 120 /* bytes of an expression in one */

/* An expression as it is written: whoever shows the reason escapes it for where it is shown. */
static void quote(struct buf *out, struct text pattern)
{
	size_t len = text_cut(pattern, PATTERN_SHOWN_MAX);
	buf_print(out, "\"%.*s%s\"", (int)len, pattern.at, len < pattern.len ? "…" : "");
}

static void name_lines(struct buf *out, const struct evidence *lines, size_t count,
		       uint64_t matches, const char *one, const char *many)
{
	buf_cstr(out, matches == 1 ? "line " : "lines ");
	for (size_t i = 0; i < count && i < LINES_NAMED_MAX; i++)
		buf_print(out, "%s%" PRIu64, i > 0 ? ", " : "", lines[i].line);
	if (matches > LINES_NAMED_MAX)
		buf_print(out, " and %" PRIu64 " more", matches - LINES_NAMED_MAX);
	buf_print(out, " %s", matches == 1 ? one : many);
}

static void say_count(struct buf *out, const struct content_test *test, uint64_t matches)
{
	buf_print(out, "%" PRIu64 " %s ", matches, matches == 1 ? "line matches" : "lines match");
	quote(out, test->pattern);
	if (test->at_least == test->at_most)
		buf_print(out, ", not %" PRIu64, test->at_least);
	else if (matches < test->at_least)
		buf_print(out, ", at least %" PRIu64 " must", test->at_least);
	else
		buf_print(out, ", at most %" PRIu64 " may", test->at_most);
}

static void say_unknown(struct buf *out, const struct content_test *test, struct text broken)
{
	if (test->kind == CONTENT_LINE || test->kind == CONTENT_NO_LINE) {
		buf_text(out, broken);
		buf_cstr(out, ": ");
		quote(out, test->pattern);
		return;
	}
	buf_cstr(out, "the expression ");
	quote(out, test->pattern);
	buf_cstr(out, " takes too long to decide on a line");
}

/* Of what is no matter of single lines; false: it is one. */
static bool say_all(struct buf *out, const struct content_test *test, bool is_so, bool hidden)
{
	if (test->kind == CONTENT_EMPTY)
		buf_cstr(out, is_so ? "it is empty" : "it is not empty");
	else if (test->kind != CONTENT_WHOLE)
		return false;
	else
		buf_cstr(out, is_so ? "it is " : "it is not ");
	if (test->kind == CONTENT_WHOLE && hidden)
		buf_cstr(out, "what it is compared with");
	else if (test->kind == CONTENT_WHOLE)
		quote(out, test->pattern);
	return true;
}

static void say_lines(struct buf *out, const struct content_test *test,
		      const struct content_found *found, bool met)
{
	if (found->matches > 0) {
		name_lines(out, found->lines, found->count, found->matches,
			   met ? "matches" : "matches and must not",
			   met ? "match" : "match and must not");
		return;
	}
	buf_cstr(out, test->kind == CONTENT_LINE || test->kind == CONTENT_NO_LINE
			      ? "no line fulfils "
			      : "no line matches ");
	quote(out, test->pattern);
}

enum holds decide_content(struct decide *decide, const struct content *content,
			  const struct content_test *test, struct proof *proof, struct text *text)
{
	struct arena *arena = gather_arena(decide->gather);
	struct content_found found;
	scoped(buf_end) struct buf out = {0};
	if (!content_ask(content, test, &found)) {
		say_unknown(&out, test, found.broken);
		*text = arena_text(arena, buf_view(&out));
		return HOLDS_UNKNOWN;
	}
	for (size_t i = 0; i < found.count; i++)
		proof_add(proof, &found.lines[i]);
	proof->truncated |= found.matches > found.count && found.count > 0;
	bool met = content_is_met(test, &found);
	if (test->kind == CONTENT_LINES && !met)
		say_count(&out, test, found.matches);
	else if (!say_all(&out, test, found.matches > 0, proof->hidden))
		say_lines(&out, test, &found, met);
	*text = arena_text(arena, buf_view(&out));
	return met ? HOLDS_YES : HOLDS_NO;
}
