#include <stdio.h>
#include <string.h>

#include "assess/engine/engine.h"
#include "cli/hostfacts.h"
#include "cli/option.h"
#include "cli/policies.h"
#include "judge/judge.h"
#include "os/output.h"
#include "report/table.h"

#define PROGRESS_US (TIME_SECOND_US / 4)

struct options {
	const char *root, *level, *target, *format, *output;
	struct option_list only;
	bool explain;
};

struct checking {
	const struct options *options;
	struct gather *gather;
	struct table_row *rows;
	size_t count, room;
	struct buf out;
	int fd;
	bool gone, broken, progress, shown;
	int64_t last_us;
	struct err err;
};

static void end_options(struct options *options)
{
	option_list_end(&options->only);
}

static void end_checking(struct checking *checking)
{
	mem_free(&checking->rows);
	buf_end(&checking->out);
	gather_free(&checking->gather);
	output_close(&checking->fd);
}

static bool is_format(const struct checking *checking, const char *format)
{
	return strcmp(checking->options->format, format) == 0;
}

/* -------- items as they come -------- */

static void show_progress(struct checking *checking)
{
	int64_t now_us = time_span_us();
	if (!checking->progress || now_us - checking->last_us < PROGRESS_US)
		return;
	checking->last_us = now_us;
	checking->shown = true;
	fprintf(stderr, "\r%zu checks done", checking->count);
	fflush(stderr);
}

static void hide_progress(struct checking *checking)
{
	if (checking->shown)
		fputs("\r\033[K", stderr);
	checking->shown = false;
}

static struct text statement_of(const struct policy *policy, const struct check *check)
{
	for (size_t i = 0; i < policy->statement_count; i++)
		if (check->statement.at &&
		    text_is_equal(policy->statements[i].key, check->statement))
			return policy->statements[i].text;
	return check->statement;
}

static void write_json(struct checking *checking, const struct item *item, const struct check *check,
		       const struct policy *policy, struct text explain)
{
	scoped(json_free) struct json *json = item_to_json(item);
	if (check->statement.at)
		json_put_text(json, "statement", statement_of(policy, check));
	if (explain.len > 0)
		json_put_text(json, "explain", explain);
	json_write(json, &checking->out);
}

static bool flush(struct checking *checking)
{
	if (checking->options->output)
		return true;
	bool written = output_write(checking->fd, buf_view(&checking->out), &checking->gone,
				    &checking->err);
	buf_clear(&checking->out);
	checking->broken = !written && !checking->gone;
	return written;
}

static bool add_item(void *data, const struct item *item, const struct policy *policy,
		     const struct check *check, struct text explain)
{
	struct checking *checking = data;
	show_progress(checking);
	if (is_format(checking, "table")) {
		struct arena *arena = gather_arena(checking->gather);
		struct item *kept = arena_get(arena, 1, sizeof(*kept));
		*kept = *item;
		checking->rows = mem_grow(checking->rows, &checking->room, checking->count + 1,
					  sizeof(*checking->rows));
		checking->rows[checking->count++] = (struct table_row){
			.item = kept,
			.policy = policy->name,
			.statement = statement_of(policy, check),
			.remediation = check->remediation,
			.explain = arena_text(arena, explain),
		};
		return true;
	}
	bool list = is_format(checking, "json");
	if (list)
		buf_cstr(&checking->out, checking->count == 0 ? "[" : ",\n");
	checking->count++;
	write_json(checking, item, check, policy, explain);
	if (list)
		return true;
	buf_char(&checking->out, '\n');
	return flush(checking);
}

/* -------- the run -------- */

static int say_failure(const struct checking *checking, const struct err *err)
{
	(void)checking;
	return command_fail(err);
}

/* Everything that opens something: the gather, the output, the host's facts. Then the walls. */
static int prepare(struct checking *checking, struct host_facts *facts)
{
	const struct options *options = checking->options;
	struct err err = {0};
	struct judge_walls walls;
	struct gather_config config = {
		.root = options->root,
		.running = !options->root || strcmp(options->root, "/") == 0,
		.now_us = time_now_us(),
	};
	checking->gather = gather_new(&config, &err);
	if (!checking->gather)
		return say_failure(checking, &err);
	hostfacts_read(checking->gather, !config.running, facts);
	if (options->target)
		facts->name = text_of(options->target);
	if (options->output)
		checking->fd = output_open(options->output, &err);
	if (checking->fd < 0)
		return say_failure(checking, &err);
	checking->progress = output_is_terminal(OUTPUT_ERROR);
	if (!judge_enter(options->root ? options->root : "/", &walls, &err))
		return say_failure(checking, &err);
	facts->landlock_abi = walls.landlock_abi;
	facts->seccomp = walls.seccomp;
	return 0;
}

static void run_engine(struct checking *checking, const struct policies_set *set,
		       const struct host_facts *facts, struct engine_counts *counts)
{
	const struct options *options = checking->options;
	struct arena *arena = gather_arena(checking->gather);
	struct text *only = arena_get(arena, options->only.count, sizeof(*only));
	struct engine_config config = {
		.target = facts->name,
		.level_max = LEVEL_MAXIMUM,
		.only = only,
		.only_count = options->only.count,
		.facts = facts,
		.explain = options->explain,
	};
	for (size_t i = 0; i < options->only.count; i++)
		only[i] = text_of(options->only.at[i]);
	if (options->level)
		must(level_read(text_of(options->level), &config.level_max));
	if (!engine_run(checking->gather, &set->policies, &config, add_item, checking, counts))
		must(checking->gone || checking->broken);
	hide_progress(checking);
}

/* Whether every ref of --only is there. */
static int check_only(const struct options *options, const struct policies_set *set)
{
	int status = 0;
	for (size_t i = 0; i < options->only.count; i++) {
		bool found = false;
		for (size_t j = 0; j < set->policies.count && !found; j++)
			for (size_t k = 0; k < set->policies.list[j].check_count && !found; k++)
				found = text_is(set->policies.list[j].checks[k].ref,
						options->only.at[i]);
		if (found)
			continue;
		scoped(buf_end) struct buf shown = {0};
		buf_printable(&shown, text_of(options->only.at[i]), 100);
		command_say("no check has the ref \"%s\"; --only wants one that the policies have",
			    shown.at ? shown.at : "");
		status = 2;
	}
	return status;
}

static int finish(struct checking *checking, unsigned width, bool colour)
{
	struct table_config config = {.width = width, .colour = colour};
	if (is_format(checking, "table"))
		table_print(&checking->out, checking->rows, checking->count, &config);
	if (is_format(checking, "json"))
		buf_cstr(&checking->out, checking->count == 0 ? "[]\n" : "]\n");
	bool written = checking->options->output
			       ? output_replace(checking->fd, buf_view(&checking->out), &checking->err)
			       : checking->gone || checking->broken || flush(checking);
	if (checking->gone || (written && !checking->broken))
		return 0;
	return command_fail(&checking->err);
}

static int verdict_status(const struct engine_counts *counts, const struct policies_set *set)
{
	if (counts->applied == 0 && set->policies.count > 0) {
		if (counts->items == 0)
			command_say("nothing was checked: no check was left to run; see --level");
		else
			command_say("nothing was checked: none of the %zu checks applies to this host; "
				    "their reasons say why",
				    counts->items);
		return 1;
	}
	bool wrong = counts->by_status[STATUS_FAIL] + counts->by_status[STATUS_ERROR] +
			     counts->by_status[STATUS_UNKNOWN] >
		     0;
	return wrong ? 1 : 0;
}

static int check(const struct program *program, const struct options *options, char **names,
		 size_t count)
{
	scoped(policies_set_end) struct policies_set set = {0};
	scoped(end_checking) struct checking checking = {.options = options, .fd = OUTPUT_STANDARD};
	struct host_facts facts;
	struct engine_counts counts;
	policies_read(&set, program, names, count);
	policies_load(&set);
	policies_say_errors(&set);
	if (set.policies.count == 0)
		return set.status;
	bool terminal = !options->output && output_is_terminal(OUTPUT_STANDARD);
	unsigned width = terminal ? output_width(OUTPUT_STANDARD) : 0;
	int status = check_only(options, &set);
	if (status == 0)
		status = prepare(&checking, &facts);
	if (status != 0)
		return status;
	run_engine(&checking, &set, &facts, &counts);
	status = finish(&checking, width > 0 ? width : TABLE_WIDTH_DEFAULT,
			terminal && !program->no_color);
	int verdict = verdict_status(&counts, &set);
	status = verdict > status ? verdict : status;
	return set.status > status ? set.status : status;
}

static int run(const struct program *program, int argc, char **argv)
{
	static const char *const levels[] = {"low", "medium", "high", "maximum", NULL};
	static const char *const formats[] = {"table", "json", "ndjson", NULL};
	scoped(end_options) struct options options = {.format = "table"};
	const struct option_row rows[] = {
		{"root", 0, "DIR", "judge the tree below DIR as if it were /", NULL, NULL,
		 &options.root, NULL},
		{"level", 0, "LEVEL", "leave out checks above low, medium, high or maximum", levels, NULL,
		 &options.level, NULL},
		{"only", 0, "REF", "run only the check with this ref; may be given several times", NULL,
		 NULL, NULL, &options.only},
		{"target", 0, "NAME", "the name of this host in items", NULL, NULL, &options.target,
		 NULL},
		{"format", 0, "FORMAT", "table (default), json or ndjson", formats, NULL,
		 &options.format, NULL},
		{"output", 0, "FILE", "write to FILE instead of standard output", NULL, NULL,
		 &options.output, NULL},
		{"explain", 0, NULL, "show what was read and how each test decided", NULL,
		 &options.explain, NULL, NULL},
	};
	int status;
	if (!option_read(&command_check, rows, array_len(rows), &argc, &argv, &status))
		return status;
	return check(program, &options, argv, (size_t)argc);
}

const struct command command_check = {
	.name = "check",
	.usage = "check [POLICY…] [OPTION…]",
	.help = "judge this host by policies: files or folders, else the installed baseline",
	.example = "muster check system.yaml --level medium",
	.run = run,
};
