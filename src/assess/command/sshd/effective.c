#include "assess/command/sshd/effective.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "assess/command/sshd/argument.h"

static size_t place_of(const struct keyword *keyword)
{
	size_t place = (size_t)(keyword - keywords);
	must(place < EFFECTIVE_KEYWORDS_MAX);
	return place;
}

const struct effective_said *effective_of(const struct effective *effective,
					  const struct keyword *keyword)
{
	size_t place = place_of(keyword);
	const struct effective_said *match = &effective->said[1][place];
	return keyword->matches && match->count > 0 ? match : &effective->said[0][place];
}

/* -------- complaints -------- */

static void complain(struct effective *effective, const char *text, ...) format_like(2, 3);
static void complain(struct effective *effective, const char *text, ...)
{
	char line[1024]; /* as sshd cuts its own */
	va_list list;
	va_start(list, text);
	int len = vsnprintf(line, sizeof(line), text, list);
	va_end(list);
	must(len >= 0);
	buf_print(&effective->err, "%s\r\n", line);
}

static void count_bad(struct effective *effective, const struct sshd_line *line)
{
	effective->bad++;
	effective->bad_path = line->path;
}

/* sshd goes on to the end of a file that has bad lines, and ends there. */
static bool end_file(struct effective *effective)
{
	if (effective->bad == 0)
		return true;
	complain(effective, "%.*s: terminating, %zu bad configuration options",
		 TEXT_ARG(effective->bad_path), effective->bad);
	effective->refused = true;
	return false;
}

static bool refuse(struct effective *effective)
{
	effective->refused = true;
	return false;
}

/* The second reading has no name of its file. */
static struct text name_of(const struct effective *effective, const struct sshd_line *line)
{
	bool again = line->matched && text_is_equal(line->path, effective->path);
	return again ? TEXT("reprocess config") : line->path;
}

/* -------- lines -------- */

static void add(struct effective *effective, struct effective_said *said, struct text value)
{
	struct arena *arena = gather_arena(effective->gather);
	said->at = arena_grow(arena, said->at, &said->room, said->count + 1, sizeof(*said->at));
	said->at[said->count++] = arena_text(arena, value);
}

static bool is_last_said(const struct keyword *keyword)
{
	return keyword->kind == KEYWORD_OCTAL || keyword->kind == KEYWORD_QOS ||
	       keyword->kind == KEYWORD_BLOCKS || keyword->kind == KEYWORD_SOURCES ||
	       keyword->kind == KEYWORD_STARTUPS ||
	       text_is(text_of(keyword->name), "fingerprinthash");
}

static bool adds_up(const struct keyword *keyword)
{
	return keyword->kind == KEYWORD_HOSTKEY || keyword->kind == KEYWORD_PORT ||
	       keyword->kind == KEYWORD_LISTEN || keyword->kind == KEYWORD_SUBSYSTEM ||
	       (keyword->kind == KEYWORD_LIST && !keyword->choices);
}

/* The words of a list, each for itself. */
static void add_words(struct effective *effective, struct effective_said *said,
		      const struct sshd_line *line)
{
	for (size_t i = 0; i < line->word_count; i++)
		add(effective, said, line->words[i]);
}

static bool take_value(struct effective *effective, const struct keyword *keyword,
		       const struct sshd_line *line)
{
	struct effective_said *said = &effective->said[line->matched][place_of(keyword)];
	scoped(buf_end) struct buf value = {0}, why = {0};
	size_t used = 0;
	if (!argument_read(keyword, line, &value, &used, &why)) {
		struct text name = name_of(effective, line), first;
		struct text rest = buf_view(&why);
		while (text_next(&rest, '\n', &first))
			if (rest.len > 0) /* it says something else before */
				complain(effective, "%.*s", TEXT_ARG(first));
		complain(effective, "%.*s line %zu: %.*s", TEXT_ARG(name), (size_t)line->number,
			 TEXT_ARG(first));
		if (keyword->kind != KEYWORD_OPTIONS)
			return refuse(effective);
		count_bad(effective, line);
		return true;
	}
	if (is_last_said(keyword) && line->active)
		said->count = 0;
	bool taken = line->active && (said->count == 0 || adds_up(keyword));
	if (taken && keyword->kind == KEYWORD_LIST)
		add_words(effective, said, line);
	else if (taken)
		add(effective, said, buf_view(&value));
	if (used < line->word_count) {
		complain(effective, "%.*s line %zu: keyword %.*s extra arguments at end of line",
			 TEXT_ARG(line->path), (size_t)line->number, TEXT_ARG(line->keyword));
		count_bad(effective, line);
	}
	return true;
}

/* What stands in the wrong place, or is no keyword's line at all. *done: no more is to do. */
static bool check_line(struct effective *effective, const struct keyword *keyword,
		       const struct sshd_line *line, bool *done)
{
	struct text path = name_of(effective, line);
	size_t number = (size_t)line->number;
	*done = true;
	if (line->rest.len == 0) {
		complain(effective, "%.*s line %zu: no argument after keyword \"%.*s\"",
			 TEXT_ARG(path), number, TEXT_ARG(line->keyword));
		count_bad(effective, line);
		return true;
	}
	if (!keyword)
		complain(effective, "%.*s: line %zu: Bad configuration option: %.*s",
			 TEXT_ARG(path), number, TEXT_ARG(line->keyword));
	if (!line->words)
		complain(effective, "%.*s line %zu: invalid quotes", TEXT_ARG(path), number);
	if (!line->words) {
		count_bad(effective, line);
		return true;
	}
	if (!line->active && !(keyword && keyword->matches)) {
		if (line->matched)
			return true;
		complain(effective,
			 "%.*s line %zu: Directive '%.*s' is not allowed within a Match block",
			 TEXT_ARG(path), number, TEXT_ARG(line->keyword));
		return refuse(effective);
	}
	*done = !keyword;
	if (!keyword)
		count_bad(effective, line);
	return true;
}

/* Match LocalPort wants a port to be known. */
static bool take_match(struct effective *effective, const struct sshd_line *line)
{
	bool asks = false;
	for (size_t i = 0; i < line->word_count; i++)
		asks |= text_is_alike(line->words[i], TEXT("localport")) ||
			(line->words[i].len > 10 &&
			 text_is_alike((struct text){line->words[i].at, 10}, TEXT("localport=")));
	if (!asks || !line->matched || !line->active || effective->has_port)
		return true;
	complain(effective, "'Match LocalPort' in configuration but 'lport' not in connection test "
			    "specification.");
	return refuse(effective);
}

/* Ends an included file that had bad lines, and the first reading where the second begins. */
static bool begin_line(struct effective *effective, const struct sshd_line *line)
{
	bool included = effective->bad > 0 && !text_is_equal(effective->bad_path, line->path) &&
			!text_is_equal(effective->bad_path, effective->path);
	bool begins = line->matched && !effective->again;
	if ((included || begins) && !end_file(effective))
		return false;
	if (begins)
		effective->first_len = effective->err.len;
	effective->again = line->matched;
	return true;
}

static bool take_line(void *data, const struct sshd_line *line)
{
	struct effective *effective = data;
	const struct keyword *named = keyword_find(line->keyword);
	const struct keyword *keyword = named ? keyword_today(named) : NULL;
	bool done;
	if (!begin_line(effective, line) || !check_line(effective, named, line, &done))
		return false;
	if (!done && strcmp(keyword->name, "match") == 0)
		return take_match(effective, line);
	if (done || keyword->kind == KEYWORD_IGNORED)
		return true;
	if (keyword->kind == KEYWORD_GONE || keyword->kind == KEYWORD_UNBUILT) {
		const char *what = keyword->kind == KEYWORD_GONE ? "Deprecated" : "Unsupported";
		complain(effective, "%.*s line %zu: %s option %.*s",
			 TEXT_ARG(name_of(effective, line)), (size_t)line->number, what,
			 TEXT_ARG(line->keyword));
		return true;
	}
	return take_value(effective, keyword, line);
}

bool effective_read(struct effective *effective, const struct sshd_connection *connection,
		    struct err *err)
{
	for (size_t i = 0; connection && i < connection->count; i++)
		effective->has_port |= text_is(connection->keys[i], "localport");
	bool whole = sshd_each_line(effective->gather, effective->path, connection, take_line,
				    effective, err);
	if (!whole && !effective->refused)
		return false;
	if (!effective->refused)
		end_file(effective);
	if (!effective->again)
		effective->first_len = effective->err.len;
	return true;
}

/* -------- algorithms -------- */

static bool has_name(struct text list, struct text name)
{
	struct text each;
	while (text_next(&list, ',', &each))
		if (text_is_equal(each, name))
			return true;
	return false;
}

/* The names of `all` that fit the pattern and aren't there yet. */
static void add_matching(struct text all, struct text pattern, struct buf *out)
{
	struct text name;
	while (text_next(&all, ',', &name))
		if (argument_is_match(pattern, name) && !has_name(buf_view(out), name))
			buf_print(out, "%s%.*s", out->len > 0 ? "," : "", TEXT_ARG(name));
}

static void add_patterns(struct text all, struct text patterns, struct buf *out)
{
	struct text pattern;
	while (text_next(&patterns, ',', &pattern))
		add_matching(all, pattern, out);
}

static void add_others(struct text all, struct text patterns, struct buf *out)
{
	struct text name, pattern;
	while (text_next(&all, ',', &name)) {
		struct text rest = patterns;
		bool denied = false;
		while (text_next(&rest, ',', &pattern))
			denied |= argument_is_match(pattern, name);
		if (!denied)
			buf_print(out, "%s%.*s", out->len > 0 ? "," : "", TEXT_ARG(name));
	}
}

bool effective_assemble(const struct keyword *keyword, struct text said, struct buf *out)
{
	struct text all = text_of(keyword->choices), built_in = text_of(keyword->fallback);
	char mark = said.len > 0 ? said.at[0] : '\0';
	struct text list = said;
	if (mark == '+' || mark == '-' || mark == '^')
		list = (struct text){said.at + 1, said.len - 1};
	if (mark == '-') {
		add_others(built_in, list, out);
		return out->len > 0;
	}
	if (mark == '+')
		add_patterns(all, built_in, out);
	add_patterns(all, list, out);
	if (mark == '^')
		add_patterns(all, built_in, out);
	return out->len > 0;
}
