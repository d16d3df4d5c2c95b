#include <stdlib.h>
#include <string.h>

#include "assess/command/program.h"
#include "assess/command/security/audit.h"
#include "assess/command/table.h"
#include "assess/engine/ask.h"
#include "assess/host/message.h"

#define MESSAGE_STATUS 1000
#define MESSAGE_RULE 1013
#define MESSAGE_FEATURES 1019

enum option { OPTION_LIST, OPTION_STATUS, OPTION_KEY, OPTION_COUNT };

static const struct program_option options[] = {
	{'l', NULL, false}, {'s', NULL, false}, {'k', NULL, true}};

struct asking {
	const struct native_call *call;
	struct native_answer *answer;
	struct text key;
	struct buf out, err;
};

/* The kernel's messages; false: that was the answer. */
static bool ask(struct asking *asking, const char *question, struct text *told)
{
	struct text why;
	switch (gather_ask(asking->call->gather, text_of(question), told, &why)) {
	case GATHER_OK:
		return true;
	case GATHER_MISSING:
		native_skip(asking->answer, why);
		return false;
	case GATHER_FAILED:
		native_fail(asking->answer, why);
		return false;
	}
	never("an answer");
}

static bool list_rules(struct asking *asking)
{
	struct message message;
	struct text told;
	bool broken, any = false;
	if (!ask(asking, "audit-rules", &told))
		return true;
	while (message_next(&told, &message, &broken)) {
		bool shown = false;
		if (message.type != MESSAGE_RULE)
			continue;
		any = true;
		if (!audit_print_rule(message.body, asking->key, &shown, &asking->out))
			return native_fail(asking->answer,
					   TEXT("a rule of the kernel's that can't be told"));
		if (shown)
			buf_char(&asking->out, '\n');
	}
	if (broken)
		return native_fail(asking->answer, TEXT("what the kernel tells is cut short"));
	if (!any)
		buf_cstr(&asking->out, "No rules\n");
	return program_end(asking->call, asking->answer, &asking->out, &asking->err, 0);
}

static bool find_message(struct text told, unsigned type, uint32_t *words, size_t *count)
{
	struct message message;
	bool broken;
	while (message_next(&told, &message, &broken))
		if (message.type == type) {
			size_t there = message.body.len / sizeof(*words);
			*count = there < *count ? there : *count;
			memcpy(words, message.body.at, *count * sizeof(*words));
			return true;
		}
	return false;
}

static bool show_status(struct asking *asking)
{
	/* By place in struct audit_status. */
	static const struct {
		size_t place;
		const char *name;
	} shown[] = {{1, "enabled"},    {2, "failure"},           {3, "pid"},
		     {4, "rate_limit"}, {5, "backlog_limit"},     {6, "lost"},
		     {7, "backlog"},    {9, "backlog_wait_time"}, {10, "backlog_wait_time_actual"}};
	uint32_t status[11], features[4];
	size_t count = array_len(status), feature_count = array_len(features);
	struct text told, more;
	if (!ask(asking, "audit-status", &told) || !ask(asking, "audit-features", &more))
		return true;
	if (!find_message(told, MESSAGE_STATUS, status, &count) || count < 8)
		return native_fail(asking->answer, TEXT("the kernel does not tell audit's state"));
	for (size_t i = 0; i < array_len(shown) && shown[i].place < count; i++)
		buf_print(&asking->out, "%s %u\n", shown[i].name, status[shown[i].place]);
	if (find_message(more, MESSAGE_FEATURES, features, &feature_count) && feature_count == 4 &&
	    (features[1] & 2))
		buf_print(&asking->out, "loginuid_immutable %u %s\n", (features[2] & 2) != 0,
			  features[3] & 2 ? "locked" : "unlocked");
	return program_end(asking->call, asking->answer, &asking->out, &asking->err, 0);
}

static bool answer_auditctl(const struct native_call *call, struct native_answer *answer)
{
	struct program_args args;
	if (!program_read_args(call, options, OPTION_COUNT, &args) || args.word_count > 0 ||
	    args.given[OPTION_LIST] + args.given[OPTION_STATUS] != 1 ||
	    (args.given[OPTION_KEY] && !args.given[OPTION_LIST]))
		return false;
	if (!call->gather || !program_is_here(call, answer) ||
	    !program_is_live(call, answer, "which rules of audit are loaded"))
		return true;
	struct asking asking = {.call = call, .answer = answer, .key = args.values[OPTION_KEY]};
	if (args.given[OPTION_LIST])
		list_rules(&asking);
	else
		show_status(&asking);
	buf_end(&asking.out);
	buf_end(&asking.err);
	return true;
}

const struct native native_auditctl = {
	.program = "auditctl",
	.forms = "-l [-k KEY]; -s",
	.reads = "the rules that are loaded, and audit's state, from the kernel",
	.prints = "a line a rule, with the kernel's own spelling of it; No rules; audit's state",
	.asks = true,
	.answer = answer_auditctl,
};

/* -------- augenrules -------- */

#define FOLDER "/etc/audit/rules.d"
#define MERGED "/etc/audit/audit.rules"

static int compare_versions(const void *a, const void *b)
{
	const struct text *one = a, *other = b;
	return strverscmp(one->at, other->at); /* the names of gather end with a NUL */
}

/* The last of its kind, to stand in a place of its own. */
struct single {
	const char *start;
	bool alone; /* nothing may follow */
	struct text line;
};

static bool is_single(struct single *single, struct text line, struct text trimmed)
{
	if (!text_starts(trimmed, single->start) ||
	    (single->alone && trimmed.len != strlen(single->start)))
		return false;
	single->line = line;
	return true;
}

/* strips: awk is gawk, to which "\\s" is white space; to mawk it is none. */
static void merge(struct text rest, bool strips, struct buf *out)
{
	struct single first[] = {{.start = "-D", .alone = true}, {.start = "-b"}, {.start = "-f"}};
	struct single last = {.start = "-e"};
	scoped(buf_end) struct buf others = {0};
	struct text line;
	while (text_next(&rest, '\n', &line)) {
		struct text trimmed = strips ? text_trim(line) : line;
		bool placed = line.len == 0 || (trimmed.len > 0 && trimmed.at[0] == '#') ||
			      is_single(&last, line, trimmed);
		for (size_t i = 0; i < array_len(first) && !placed; i++)
			placed = is_single(&first[i], line, trimmed);
		if (!placed)
			buf_print(&others, "%.*s\n", TEXT_ARG(line));
	}
	buf_cstr(out, "## This file is automatically generated from " FOLDER "\n");
	for (size_t i = 0; i < array_len(first); i++)
		buf_print(out, "%.*s\n", TEXT_ARG(first[i].line));
	buf_text(out, buf_view(&others));
	buf_print(out, "%.*s\n", TEXT_ARG(last.line));
}

/* False: *why. */
static bool read_parts(struct gather *gather, const struct gather_entry *entries, size_t count,
		       struct buf *all, struct text *why)
{
	struct arena *arena = gather_arena(gather);
	struct text *names = arena_get(arena, count + 1, sizeof(*names)), content;
	size_t used = 0;
	for (size_t i = 0; i < count; i++)
		if (text_ends(entries[i].name, ".rules"))
			names[used++] = arena_text(arena, entries[i].name);
	if (used > 0)
		qsort(names, used, sizeof(*names), compare_versions);
	for (size_t i = 0; i < used; i++) {
		struct text path = text_of(arena_print(arena, FOLDER "/%.*s", TEXT_ARG(names[i])));
		enum gather_answer read = gather_read(gather, path, &content, why);
		if (read == GATHER_FAILED)
			return false;
		if (read == GATHER_OK)
			buf_text(all, content);
	}
	return true;
}

static bool answer_augenrules(const struct native_call *call, struct native_answer *answer)
{
	const struct gather_entry *entries;
	struct gather_stat stat;
	struct text why, merged;
	size_t count;
	if (call->argc != 2 || !text_is(call->argv[1], "--check"))
		return false;
	if (!call->gather || !program_is_here(call, answer))
		return true;
	const char *name = call->argv[0].at[0] == '/' ? call->argv[0].at : "/usr/sbin/augenrules";
	scoped(buf_end) struct buf out = {0}, err = {0}, all = {0}, fresh = {0};
	enum gather_answer listed = gather_list(call->gather, TEXT(FOLDER), &entries, &count, &why);
	if (listed == GATHER_MISSING) {
		buf_print(&out, "%s: No rules directory - " FOLDER "\n", name);
		return program_end(call, answer, &out, &err, 1);
	}
	if (listed == GATHER_FAILED || !read_parts(call->gather, entries, count, &all, &why))
		return native_fail(answer, why);
	bool gawk = gather_stat(call->gather, TEXT("/usr/bin/gawk"), true, &stat, &why) ==
		    GATHER_OK;
	merge(buf_view(&all), gawk, &fresh);
	enum gather_answer read = gather_read(call->gather, TEXT(MERGED), &merged, &why);
	if (read == GATHER_FAILED)
		return native_fail(answer, why);
	bool same = read == GATHER_OK && text_is_equal(merged, buf_view(&fresh));
	buf_print(&out, "%s: %s\n", name,
		  same ? "No change" : "Rules have changed and should be updated");
	return program_end(call, answer, &out, &err, 0);
}

const struct native native_augenrules = {
	.program = "augenrules",
	.forms = "--check",
	.reads = FOLDER ", " MERGED,
	.prints = "whether the merged rules are those of the folder",
	.answer = answer_augenrules,
};
