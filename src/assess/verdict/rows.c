#include <inttypes.h>
#include <string.h>

#include "assess/verdict/decide.h"
#include "assess/verdict/match.h"
#include "base/buf.h"

#define QUERY_SHOWN_MAX 120 /* bytes of a query in a reason */

/* The rows that the query selected, and what is being said of them. */
struct selection {
	struct decide *decide;
	const struct test *test;
	const struct probe_row **rows;
	size_t count;
	size_t unknown; /* rows whose content could not be decided: they may belong here or not */
	struct text unknown_why;
	const struct probe_row *unknown_row; /* the first */
	struct proof lines;                  /* what the tests on content found */
	struct verdict *verdict;
};

/* A row as a record that a query asks. */
struct record {
	const struct probe *probe;
	const struct probe_row *row;
};

static size_t put_values(const struct value *value, struct value *values, size_t limit)
{
	if (value->type == VALUE_NONE || limit == 0)
		return 0;
	if (value->type != VALUE_LIST) {
		values[0] = *value;
		return 1;
	}
	size_t count = value->count < limit ? value->count : limit;
	for (size_t i = 0; i < count; i++) {
		values[i] = value_text(VALUE_TEXT, value->list[i]);
		values[i].caseless = value->caseless;
	}
	return count;
}

static size_t get(const struct query_record *query, const char *name, struct value *values,
		  size_t limit)
{
	const struct record *record = query->data;
	size_t count = 0;
	for (size_t i = 0; i < record->probe->field_count; i++) {
		const struct probe_field *field = &record->probe->fields[i];
		bool any_text = !name && (field->type == VALUE_TEXT || field->type == VALUE_LIST);
		if (any_text || (name && strcmp(name, field->name) == 0))
			count += put_values(&record->row->values[i], values + count, limit - count);
	}
	return count;
}

bool decide_selects(const struct test *test, const struct probe_row *row, int64_t now_us)
{
	struct record record = {test->call.probe, row};
	struct query_record query = {.get = get, .data = &record};
	return query_is_match(test->query, &query, now_us);
}

/* Whether the row's content fulfils all tests on it: they select, as the query does. */
static bool has_content(struct selection *selection, const struct probe_row *row)
{
	const struct test *test = selection->test;
	struct proof proof = proof_begin(selection->lines.arena, selection->lines.hidden);
	enum holds holds = HOLDS_YES;
	struct text why, unknown_why = {0};
	if (test->content_count > 0 && !row->content)
		return false;
	for (size_t i = 0; i < test->content_count && holds != HOLDS_NO; i++) {
		enum holds one = decide_content(selection->decide, row->content, &test->contents[i],
						&proof, &why);
		if (one == HOLDS_UNKNOWN && !unknown_why.at)
			unknown_why = why;
		holds = one == HOLDS_YES ? holds : one;
	}
	if (holds == HOLDS_YES)
		proof_join(&selection->lines, &proof);
	if (holds == HOLDS_UNKNOWN && selection->unknown++ == 0) {
		selection->unknown_row = row;
		selection->unknown_why = unknown_why;
	}
	return holds == HOLDS_YES;
}

static void select_rows(struct selection *selection, const struct probe_answer *answer)
{
	struct arena *arena = gather_arena(selection->decide->gather);
	int64_t now_us = gather_began_us(selection->decide->gather);
	selection->rows = arena_get(arena, answer->count, sizeof(*selection->rows));
	selection->lines = proof_begin(arena, selection->verdict->proof.hidden);
	for (size_t i = 0; i < answer->count; i++) {
		if (decide_selects(selection->test, &answer->rows[i], now_us) &&
		    has_content(selection, &answer->rows[i]))
			selection->rows[selection->count++] = &answer->rows[i];
		else if (selection->test->any_row_shown)
			proof_add(&selection->verdict->proof, &answer->rows[i].where);
	}
}

/* A row's place, with the value that the test wants to be shown. */
static struct evidence evidence_of(const struct selection *selection, const struct probe_row *row)
{
	struct evidence evidence = row->where;
	const char *name = selection->test->evidence_field;
	const struct probe *probe = selection->test->call.probe;
	for (size_t i = 0; i < probe->field_count && name; i++)
		if (text_is(text_of(name), probe->fields[i].name) && row->values[i].text.at &&
		    !gather_is_secret(selection->decide->gather, row->where.path))
			evidence.text = text_of(arena_print(
				gather_arena(selection->decide->gather), "%s %.*s%s%.*s", name,
				TEXT_ARG(row->values[i].text), row->where.text.at ? " " : "",
				TEXT_ARG(row->where.text)));
	return evidence;
}

static void show_rows(struct selection *selection)
{
	struct proof rest = selection->verdict->proof, proof = rest;
	proof.list = NULL; /* what was selected comes first */
	proof.count = proof.bytes = 0;
	if (selection->lines.count > 0) {
		selection->verdict->proof = selection->lines;
		return;
	}
	for (size_t i = 0; i < selection->count; i++) {
		struct evidence evidence = evidence_of(selection, selection->rows[i]);
		proof_add(&proof, &evidence);
	}
	if (selection->count > 0)
		proof_join(&proof, &rest);
	selection->verdict->proof = selection->count > 0 ? proof : rest;
}

static void say_contents(struct buf *out, const struct test *test)
{
	for (size_t i = 0; i < test->content_count; i++) {
		const struct content_test *content = &test->contents[i];
		size_t len = text_cut(content->pattern, QUERY_SHOWN_MAX);
		if (content->kind == CONTENT_EMPTY)
			buf_cstr(out, content->truth ? ", empty" : ", not empty");
		else
			buf_print(out, ", %s \"%.*s%s\"", content_word(content->kind), (int)len,
				  content->pattern.at, len < content->pattern.len ? "…" : "");
	}
}

static void say_rows(struct buf *out, const struct selection *selection)
{
	struct text query = text_trim(selection->test->call.subject);
	buf_print(out, "%s: %zu %s", selection->test->call.probe->name, selection->count,
		  selection->count == 1 ? "row" : "rows");
	if (query.len > 0 && !text_is(query, "*")) {
		size_t len = text_cut(query, QUERY_SHOWN_MAX);
		buf_print(out, " with %.*s%s", (int)len, query.at, len < query.len ? "…" : "");
	}
	say_contents(out, selection->test);
}

static bool finish(struct selection *selection, enum status status, const struct buf *reason)
{
	struct verdict *verdict = selection->verdict;
	verdict->status = status;
	verdict->reason = arena_text(gather_arena(selection->decide->gather), buf_view(reason));
	return false;
}

/* How many rows there must be. */
struct bounds {
	bool asked; /* false: however many */
	uint64_t least, most;
};

static struct bounds bounds_of(const struct test *test)
{
	if (!test->has_count && test->rows_count == 0)
		return (struct bounds){true, 1, UINT64_MAX};
	return (struct bounds){test->has_count, test->count_at_least, test->count_at_most};
}

/* Whether it hangs on the rows of which nobody knows whether they belong here. */
static bool is_open(const struct selection *selection, struct bounds bounds)
{
	uint64_t low = selection->count, high = low + selection->unknown;
	if (selection->unknown == 0 || !bounds.asked)
		return selection->unknown > 0;
	return high >= bounds.least && low <= bounds.most &&
	       (low < bounds.least || high > bounds.most);
}

static void say_bounds(struct buf *out, const struct selection *selection, struct bounds bounds)
{
	say_rows(out, selection);
	if (bounds.least == bounds.most)
		buf_print(out, ", not %" PRIu64, bounds.least);
	else if (selection->count < bounds.least)
		buf_print(out, ", at least %" PRIu64 " must", bounds.least);
	else
		buf_print(out, ", at most %" PRIu64 " may", bounds.most);
}

/* False: it failed, or can't be known, and the verdict says so. */
static bool judge_count(struct selection *selection, const struct probe_answer *answer)
{
	struct bounds bounds = bounds_of(selection->test);
	scoped(buf_end) struct buf out = {0};
	if (is_open(selection, bounds)) {
		buf_text(&out, selection->unknown_why);
		selection->verdict->location = selection->unknown_row->where.path;
		return finish(selection, STATUS_ERROR, &out);
	}
	if (!bounds.asked || (selection->count >= bounds.least && selection->count <= bounds.most))
		return true;
	if (answer->count == 0 && answer->reason.at && bounds.least > 0)
		buf_text(&out, answer->reason);
	else
		say_bounds(&out, selection, bounds);
	return finish(selection, STATUS_FAIL, &out);
}

/* Whether a row fulfils all matchers; why: of the first that it doesn't, or that can't be known. */
static enum holds ask_row(struct selection *selection, const struct rows_test *rows,
			  const struct probe_row *row, struct text *why)
{
	enum holds holds = HOLDS_YES;
	struct verdict *verdict = selection->verdict;
	for (size_t i = 0; i < rows->count && holds != HOLDS_NO; i++) {
		const struct matcher *matcher = &rows->matchers[i];
		struct value value = decide_field(row, matcher->field);
		enum holds one = match_holds(matcher, &value);
		if (one == HOLDS_YES || (one == HOLDS_UNKNOWN && holds == HOLDS_UNKNOWN))
			continue;
		holds = one;
		*why = match_why(matcher, &value, decide_name(selection->test, matcher->field),
				 verdict->proof.hidden, verdict->proof.arena);
	}
	return holds;
}

/* What a row is called in a sentence: the value of its first field. */
static void say_row(struct buf *out, const struct selection *selection, const struct probe_row *row)
{
	struct text name = value_show(&row->values[0], gather_arena(selection->decide->gather));
	buf_print(out, "%s %.*s: ", selection->test->call.probe->fields[0].name, TEXT_ARG(name));
}

struct counted {
	size_t yes, no, unknown;
	const struct probe_row *yes_row, *no_row, *unknown_row; /* the first each */
	struct text no_why, unknown_why;
};

static struct counted count_rows(struct selection *selection, const struct rows_test *rows)
{
	struct counted counted = {0};
	for (size_t i = 0; i < selection->count; i++) {
		const struct probe_row *row = selection->rows[i];
		struct text why = {0};
		enum holds holds = ask_row(selection, rows, row, &why);
		if (holds == HOLDS_YES && counted.yes++ == 0)
			counted.yes_row = row;
		if (holds == HOLDS_NO && counted.no++ == 0) {
			counted.no_row = row;
			counted.no_why = why;
		}
		if (holds == HOLDS_UNKNOWN && counted.unknown++ == 0) {
			counted.unknown_row = row;
			counted.unknown_why = why;
		}
	}
	return counted;
}

/* Evidence of a rows test that a few rows decided: those alone. */
static void show_deciders(struct selection *selection, const struct rows_test *rows,
			  enum holds which)
{
	struct proof *proof = &selection->verdict->proof;
	struct text why;
	*proof = proof_begin(proof->arena, proof->hidden);
	for (size_t i = 0; i < selection->count; i++)
		if (ask_row(selection, rows, selection->rows[i], &why) == which)
			proof_add(proof, &selection->rows[i]->where);
}

static bool fail_row(struct selection *selection, enum status status, const struct probe_row *row,
		     struct text why, size_t more)
{
	scoped(buf_end) struct buf out = {0};
	say_row(&out, selection, row);
	buf_text(&out, why);
	if (more > 0)
		buf_print(&out, " (and %zu more)", more);
	selection->verdict->location = row->where.path;
	return finish(selection, status, &out);
}

static bool fail_none(struct selection *selection, const char *what)
{
	scoped(buf_end) struct buf out = {0};
	say_rows(&out, selection);
	buf_print(&out, ", %s", what);
	return finish(selection, STATUS_FAIL, &out);
}

/* False: it failed or can't be known, and the verdict says so. */
static bool judge_rows(struct selection *selection, const struct rows_test *rows)
{
	struct counted counted = count_rows(selection, rows);
	bool wants_all = rows->kind == ROWS_EVERY || rows->kind == ROWS_ONLY;
	if (rows->kind == ROWS_ONLY && selection->count == 0)
		return fail_none(selection, "at least one must");
	if (wants_all && counted.no > 0) {
		show_deciders(selection, rows, HOLDS_NO);
		return fail_row(selection, STATUS_FAIL, counted.no_row, counted.no_why,
				counted.no - 1);
	}
	if (rows->kind == ROWS_NO && counted.yes > 0) {
		show_deciders(selection, rows, HOLDS_YES);
		return fail_row(selection, STATUS_FAIL, counted.yes_row,
				TEXT("is what no row may be"), counted.yes - 1);
	}
	if (rows->kind == ROWS_SOME && counted.yes > 0) {
		show_deciders(selection, rows, HOLDS_YES); /* the ones that do it */
		selection->verdict->location = counted.yes_row->where.path;
		return true;
	}
	if (counted.unknown > 0)
		return fail_row(selection, STATUS_ERROR, counted.unknown_row, counted.unknown_why,
				counted.unknown - 1);
	return rows->kind != ROWS_SOME || fail_none(selection, "none is what one must be");
}

void decide_rows(struct decide *decide, const struct test *test, const struct probe_answer *answer,
		 struct verdict *verdict)
{
	struct selection selection = {.decide = decide, .test = test, .verdict = verdict};
	scoped(buf_end) struct buf out = {0};
	select_rows(&selection, answer);
	show_rows(&selection);
	if (selection.count > 0)
		verdict->location = selection.rows[0]->where.path;
	bool good = judge_count(&selection, answer);
	for (size_t i = 0; i < test->rows_count && good; i++)
		good = judge_rows(&selection, &test->rows[i]);
	if (!good)
		return;
	say_rows(&out, &selection);
	if (selection.count == 0 && test->rows_count > 0 && !test->has_count)
		buf_cstr(&out, ", so nothing could break the rule");
	finish(&selection, STATUS_PASS, &out);
}
