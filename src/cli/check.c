#include <stdio.h>
#include <string.h>

#include "assess/engine/engine.h"
#include "cli/fleet/check.h"
#include "cli/hostfacts.h"
#include "cli/option.h"
#include "cli/policies.h"
#include "judge/assist.h"
#include "judge/judge.h"
#include "os/output.h"
#include "report/report.h"

#define PROGRESS_US (TIME_SECOND_US / 4)
#define KEPT_MAX (64u * 1024 * 1024) /* of a file's new content, until the old one goes */

struct options {
	const char *root, *level, *target, *format, *output;
	const char *hosts, *wait; /* of -t: the fleet is checked, not this host */
	struct option_list only;
	bool explain, no_requirements, allow_commands;
};

struct checking {
	const struct options *options;
	struct gather *gather;
	struct assist *assist; /* who looks where the judge may not; NULL: nobody is needed */
	struct report *report;
	enum report_format format;
	struct buf out;
	int fd;
	bool gone, broken, progress, shown;
	size_t done;
	int64_t last_us;
	struct err err;
};

static void end_options(struct options *options)
{
	option_list_end(&options->only);
}

static void end_checking(struct checking *checking)
{
	report_free(&checking->report);
	buf_end(&checking->out);
	gather_free(&checking->gather);
	assist_free(&checking->assist);
	output_close(&checking->fd);
}

/* -------- items as they come -------- */

static void show_progress(struct checking *checking)
{
	int64_t now_us = time_span_us();
	checking->done++;
	if (!checking->progress || now_us - checking->last_us < PROGRESS_US)
		return;
	checking->last_us = now_us;
	checking->shown = true;
	fprintf(stderr, "\r%zu checks done", checking->done);
	fflush(stderr);
}

static void hide_progress(struct checking *checking)
{
	if (checking->shown)
		fputs("\r\033[K", stderr);
	checking->shown = false;
}

/* What there is goes out. */
static bool flush(struct checking *checking)
{
	struct text out = buf_view(&checking->out);
	bool written = checking->options->output
			       ? output_replace(checking->fd, out, &checking->gone, &checking->err)
			       : output_write(checking->fd, out, &checking->gone, &checking->err);
	buf_clear(&checking->out);
	checking->broken = !written && !checking->gone;
	return written;
}

static bool add_item(void *data, const struct item *item, const struct policy *policy,
		     const struct check *check, struct text explain)
{
	struct checking *checking = data;
	struct report_place place = {.explain = explain};
	show_progress(checking);
	if (report_wants_place(checking->format))
		policies_put_place(gather_arena(checking->gather), policy, check, &place);
	report_item(checking->report, item, &place, &checking->out);
	size_t kept = checking->options->output ? KEPT_MAX : 0;
	return checking->out.len <= kept || flush(checking);
}

/* -------- the run -------- */

static bool has_target(const struct policies_set *set)
{
	for (size_t i = 0; i < set->policies.count; i++)
		if (set->policies.list[i].target)
			return true;
	return false;
}

/* Starts who will be asked what the judge may not look at itself; with most policies nobody. */
static bool prepare_assist(struct checking *checking, const struct policies_set *set,
			   struct err *err)
{
	bool running = gather_is_running(checking->gather);
	unsigned roles = running ? assist_needs(&set->policies) : 0;
	if (running && checking->options->allow_commands)
		roles |= 1u << HELPER_RUNNER;
	return assist_begin(roles, checking->gather, &checking->assist, err);
}

/* Everything that opens something: the gather, the output, the host's facts. Then the walls. */
static int prepare(struct checking *checking, const struct policies_set *set,
		   struct host_facts *facts)
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
		return command_fail(&err);
	hostfacts_read(checking->gather, !config.running, facts);
	if (config.running && has_target(set))
		hostfacts_read_addresses(checking->gather, facts);
	if (options->target)
		facts->name = text_of(options->target);
	if (options->output)
		checking->fd = output_open(options->output, &err);
	if (checking->fd < 0)
		return command_fail(&err);
	checking->last_us = time_span_us();
	checking->progress = output_is_terminal(OUTPUT_ERROR);
	policies_prepare(&set->policies, checking->gather);
	if (!prepare_assist(checking, set, &err) ||
	    !judge_enter(options->root ? options->root : "/", &walls, &err))
		return command_fail(&err);
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
		.no_requirements = options->no_requirements,
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

static int finish(struct checking *checking)
{
	if (checking->gone)
		return 0;
	if (!checking->broken) {
		report_end(checking->report, &checking->out);
		(void)!flush(checking);
	}
	return checking->broken ? command_fail(&checking->err) : 0;
}

static int verdict_status(const struct engine_counts *counts, const struct policies_set *set)
{
	if (counts->applied == 0 && set->policies.count > 0) {
		if (counts->items == 0)
			command_say("nothing was checked: no check was left to run; see --level");
		else
			command_say(
				"nothing was checked: none of the %zu checks applies to this host; "
				"their reasons say why",
				counts->items);
		return 1;
	}
	bool wrong = counts->by_status[STATUS_FAIL] + counts->by_status[STATUS_ERROR] +
			     counts->by_status[STATUS_UNKNOWN] >
		     0;
	return wrong ? 1 : 0;
}

static struct report *report_for(const struct program *program, const struct options *options,
				 enum report_format *format)
{
	bool terminal = !options->output && output_is_terminal(OUTPUT_STANDARD);
	struct report_config config = {
		.width = terminal ? output_width(OUTPUT_STANDARD) : 0,
		.colour = terminal && !program->no_color,
	};
	must(report_read_format(text_of(options->format), &config.format));
	*format = config.format;
	return report_new(&config);
}

static int check(const struct program *program, const struct options *options, char **names,
		 size_t count)
{
	scoped(policies_set_end) struct policies_set set = {0};
	scoped(end_checking) struct checking checking = {.options = options, .fd = OUTPUT_STANDARD};
	struct host_facts facts;
	struct engine_counts counts;
	policies_read(&set, program, names, count);
	set.policies.unproven = true;
	policies_load(&set);
	policies_say_errors(&set);
	if (set.policies.count == 0)
		return set.status;
	checking.report = report_for(program, options, &checking.format);
	int status = policies_want(&set, &options->only);
	if (status == 0)
		status = prepare(&checking, &set, &facts);
	if (status != 0)
		return status;
	run_engine(&checking, &set, &facts, &counts);
	status = finish(&checking);
	int verdict = verdict_status(&counts, &set);
	status = verdict > status ? verdict : status;
	return set.status > status ? set.status : status;
}

static int check_fleet(const struct program *program, const struct options *options, char **names,
		       int count)
{
	const struct fleet_check fleet = {.hosts = options->hosts,
					  .policies = names,
					  .policy_count = count,
					  .format = options->format,
					  .wait = options->wait};
	if (options->root || options->level || options->target || options->output ||
	    options->explain || options->no_requirements || options->allow_commands ||
	    options->only.count > 0)
		return option_wrong(&command_check, "with -t there are --wait and --format; the "
						    "other options are for this host");
	return fleet_check_run(program, &command_check, &fleet);
}

static int run(const struct program *program, int argc, char **argv)
{
	static const char *const levels[] = {"low", "medium", "high", "maximum", NULL};
	scoped(end_options) struct options options = {.format = "table"};
	const struct option_row rows[] = {
		{"root", 0, "DIR", "judge the tree below DIR as if it were /", NULL, NULL,
		 &options.root, NULL},
		{"level", 0, "LEVEL", "leave out checks above low, medium, high or maximum", levels,
		 NULL, &options.level, NULL},
		{"only", 0, "REF", "run only the check with this ref; may be given several times",
		 NULL, NULL, NULL, &options.only},
		{"target", 0, "NAME", "the name of this host in items", NULL, NULL, &options.target,
		 NULL},
		{"format", 0, "FORMAT", REPORT_FORMATS, report_formats, NULL, &options.format,
		 NULL},
		{"output", 0, "FILE", "write to FILE instead of standard output", NULL, NULL,
		 &options.output, NULL},
		{"hosts", 't', "QUERY", "judge the hosts that QUERY selects, by way of the server",
		 NULL, NULL, &options.hosts, NULL},
		{"wait", 0, "SPAN", "with -t: how long hosts may take to answer (30s)", NULL, NULL,
		 &options.wait, NULL},
		{"allow-commands", 0, NULL,
		 "run the commands of tests that have no native answer, without a shell", NULL,
		 &options.allow_commands, NULL, NULL},
		{"no-requirements", 0, NULL,
		 "judge an SCA policy that was made for another system, too", NULL,
		 &options.no_requirements, NULL, NULL},
		{"explain", 0, NULL, "show what was read and how each test decided", NULL,
		 &options.explain, NULL, NULL},
	};
	int status;
	if (!option_read(&command_check, rows, array_len(rows), &argc, &argv, &status))
		return status;
	if (options.hosts)
		return check_fleet(program, &options, argv, argc);
	if (options.wait)
		return option_wrong(&command_check, "--wait needs -t");
	return check(program, &options, argv, (size_t)argc);
}

const struct command command_check = {
	.name = "check",
	.usage = "check [POLICY…] [OPTION…]\n"
		 "check -t QUERY [POLICY…] [--wait SPAN] [--format FORMAT]",
	.help = "judge this host by policies: files or folders, else the installed baseline",
	.example = "muster check system.yaml --level medium",
	.run = run,
};
