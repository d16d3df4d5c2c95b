#include "assess/verdict/content.h"
#include "assess/verdict/decide.h"
#include "assess/verdict/match.h"
#include "base/buf.h"

/* What one row says. */
struct said {
	enum holds holds;
	struct buf found; /* of a row that holds: what was found, joined by ", " */
	struct text why;  /* of one that doesn't, or can't be known */
};

static void end_said(struct said *said)
{
	buf_end(&said->found);
}

static void found(struct said *said, struct text text)
{
	if (said->found.len > 0)
		buf_cstr(&said->found, ", ");
	buf_text(&said->found, text);
}

/* Keeps what a part says: a no decides, an unknown stays unless a no comes. */
static void say(struct said *said, enum holds holds, struct text why)
{
	if (holds == HOLDS_YES || said->holds == HOLDS_NO)
		return;
	if (holds == HOLDS_NO || said->holds == HOLDS_YES)
		said->why = why;
	said->holds = holds;
}

/* The name of a second value: what it belongs to was said with the first. */
static struct match_name further(struct match_name name)
{
	if (name.field.len > 0 && text_starts(name.subject, "/"))
		name.subject = (struct text){0};
	return name;
}

static void ask_matcher(struct decide *decide, const struct test *test, const struct probe_row *row,
			const struct matcher *matcher, bool hidden, struct said *said)
{
	struct arena *arena = gather_arena(decide->gather);
	struct value value = decide_field(row, matcher->field);
	struct match_name name = decide_name(test, matcher->field);
	if (row->where.path.at && text_starts(name.subject, "/") &&
	    gather_has_wildcard(name.subject))
		name.subject = row->where.path; /* of a glob: this file */
	enum holds holds = match_holds(matcher, &value);
	struct text is_there = text_of(arena_print(arena, "%.*s is there", TEXT_ARG(name.subject)));
	bool of_bool = value.type == VALUE_BOOL && matcher->kind == MATCH_EXISTS;
	if (holds != HOLDS_YES)
		say(said, holds,
		    of_bool ? is_there : match_why(matcher, &value, name, hidden, arena));
	else if (of_bool)
		found(said, is_there);
	else
		found(said, match_found(&value, said->found.len > 0 ? further(name) : name, hidden,
					arena));
}

static void ask_content(struct decide *decide, const struct content *content,
			const struct content_test *test, struct proof *proof, struct said *said)
{
	struct text text;
	enum holds holds = decide_content(decide, content, test, proof, &text);
	if (holds == HOLDS_YES)
		found(said, text);
	else
		say(said, holds, text);
}

static void ask_row(struct decide *decide, const struct test *test, const struct probe_row *row,
		    struct proof *proof, struct said *said)
{
	said->holds = HOLDS_YES;
	for (size_t i = 0; i < test->matcher_count; i++)
		ask_matcher(decide, test, row, &test->matchers[i], proof->hidden, said);
	for (size_t i = 0; i < test->content_count; i++)
		if (row->content)
			ask_content(decide, row->content, &test->contents[i], proof, said);
	if (proof->count > 0)
		return;
	struct evidence where = row->where;
	if (!where.text.at &&
	    test->content_count ==
		    0) /* what stands in no line, such as a mode, is shown as it was found */
		where.text = said->holds == HOLDS_YES ? buf_view(&said->found) : said->why;
	proof_add(proof, &where);
}

/* -------- all rows -------- */

struct tally_rows {
	size_t yes, no, unknown;
	struct text yes_text, no_text, unknown_text; /* of the first each */
	const struct probe_row *yes_row, *no_row, *unknown_row;
	struct proof yes_proof, no_proof;
};

static void count_row(struct decide *decide, const struct test *test, const struct probe_row *row,
		      struct tally_rows *rows)
{
	struct arena *arena = gather_arena(decide->gather);
	scoped(end_said) struct said said = {0};
	struct proof proof = proof_begin(arena, rows->yes_proof.hidden);
	ask_row(decide, test, row, &proof, &said);
	if (said.holds == HOLDS_YES) {
		proof_join(&rows->yes_proof, &proof);
		if (rows->yes++ == 0) {
			rows->yes_text = arena_text(arena, buf_view(&said.found));
			rows->yes_row = row;
		}
		return;
	}
	proof_join(&rows->no_proof, &proof);
	if (said.holds == HOLDS_NO && rows->no++ == 0) {
		rows->no_text = said.why;
		rows->no_row = row;
	}
	if (said.holds == HOLDS_UNKNOWN && rows->unknown++ == 0) {
		rows->unknown_text = said.why;
		rows->unknown_row = row;
	}
}

static bool wants_absence(const struct test *test)
{
	for (size_t i = 0; i < test->matcher_count; i++)
		if (test->matchers[i].kind != MATCH_EXISTS || test->matchers[i].truth)
			return false;
	return test->matcher_count > 0 && test->content_count == 0;
}

static void decide_absent(struct decide *decide, const struct test *test,
			  const struct probe_answer *answer, struct verdict *verdict)
{
	struct text what = decide_name(test, MATCH_ROW).subject;
	verdict->status = wants_absence(test) ? STATUS_PASS : STATUS_FAIL;
	verdict->reason = answer->reason;
	if (!answer->reason.at)
		verdict->reason = text_of(arena_print(gather_arena(decide->gather),
						      "%.*s is not there", TEXT_ARG(what)));
}

/* "PATH: WHY (and 3 more)": the path only where it could be another one's. */
static struct text sentence(struct decide *decide, const struct test *test,
			    const struct probe_answer *answer, const struct probe_row *row,
			    struct text why, size_t more)
{
	scoped(buf_end) struct buf out = {0};
	bool ambiguous = answer->count > 1 || decide->groups > 0;
	if (ambiguous && row->where.path.at && test->content_count > 0) {
		buf_printable(&out, row->where.path, 200);
		buf_cstr(&out, ": ");
	}
	buf_text(&out, why);
	if (more > 0)
		buf_print(&out, " (and %zu more)", more);
	return arena_text(gather_arena(decide->gather), buf_view(&out));
}

/* Whether the row lacks a value that the test asks for: then the probe may know better why. */
static bool is_absent(const struct test *test, const struct probe_row *row)
{
	for (size_t i = 0; i < test->matcher_count; i++)
		if (decide_field(row, test->matchers[i].field).type == VALUE_NONE)
			return true;
	return false;
}

static void settle(struct verdict *verdict, enum status status, const struct probe_row *row,
		   struct text reason)
{
	verdict->status = status;
	verdict->location = row->where.path;
	verdict->reason = reason;
}

void decide_value(struct decide *decide, const struct test *test, const struct probe_answer *answer,
		  struct verdict *verdict)
{
	struct proof none = proof_begin(gather_arena(decide->gather), verdict->proof.hidden);
	struct tally_rows rows = {.yes_proof = none, .no_proof = none};
	if (answer->count == 0) {
		decide_absent(decide, test, answer, verdict);
		return;
	}
	for (size_t i = 0; i < answer->count; i++)
		count_row(decide, test, &answer->rows[i], &rows);
	if (rows.no > 0 && answer->reason.at && is_absent(test, rows.no_row))
		rows.no_text = answer->reason;
	bool pass = test->any_row ? rows.yes > 0 : rows.yes == answer->count;
	bool fail = test->any_row ? rows.no == answer->count : rows.no > 0;
	if (pass) {
		settle(verdict, STATUS_PASS, rows.yes_row,
		       sentence(decide, test, answer, rows.yes_row, rows.yes_text, rows.yes - 1));
		verdict->proof = rows.yes_proof;
		if (test->any_row_shown)
			proof_join(&verdict->proof, &rows.no_proof);
	} else if (fail) {
		settle(verdict, STATUS_FAIL, rows.no_row,
		       sentence(decide, test, answer, rows.no_row, rows.no_text, rows.no - 1));
		verdict->proof = rows.no_proof;
	} else {
		settle(verdict, STATUS_ERROR, rows.unknown_row,
		       sentence(decide, test, answer, rows.unknown_row, rows.unknown_text,
				rows.unknown - 1));
		verdict->proof = rows.no_proof;
	}
}
