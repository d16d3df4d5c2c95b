#include <string.h>

#include "assess/drift/drift.h"
#include "cli/hostfacts.h"
#include "cli/policies.h"
#include "judge/assist.h"
#include "judge/judge.h"
#include "os/child.h"
#include "os/kernel/keeper.h"
#include "os/output.h"
#include "report/report.h"

struct options {
	const char *root, *level, *target, *format;
	struct option_list only;
};

struct watching {
	const struct options *options;
	struct loop *loop;
	struct drift *drift;
	struct gather *gather; /* whose root is judged; holds the first facts */
	struct assist *assist; /* NULL: nobody need be asked */
	struct gather *later;  /* holds those that were read anew; NULL: none were */
	struct host_facts facts;
	struct judge_walls walls;
	struct report *report; /* of the first run */
	struct buf out;
	size_t width; /* of the terminal; 0: none */
	bool colour, gone, broken;
	bool talks; /* standard error is a terminal */
	struct err err;
};

static void end_options(struct options *options)
{
	option_list_end(&options->only);
}

static void end_watching(struct watching *watching)
{
	drift_free(&watching->drift);
	loop_free(&watching->loop);
	report_free(&watching->report);
	buf_end(&watching->out);
	gather_free(&watching->later);
	gather_free(&watching->gather);
	assist_free(&watching->assist);
}

static bool is_running(const struct options *options)
{
	return !options->root || strcmp(options->root, "/") == 0;
}

static bool is_ndjson(const struct options *options)
{
	return strcmp(options->format, "ndjson") == 0;
}

/* -------- the host's facts -------- */

static const char *const fact_names[] = {"/etc/os-release", "/usr/lib/os-release", "/etc/hostname",
					 "/etc/hosts"};

/* Addresses and walls stay: behind the walls nobody asks for them anew. */
static void read_facts(struct watching *watching, struct gather *gather)
{
	struct host_facts before = watching->facts, *facts = &watching->facts;
	hostfacts_read(gather, !is_running(watching->options), facts);
	facts->addresses = before.addresses;
	facts->address_count = before.address_count;
	facts->landlock_abi = watching->walls.landlock_abi;
	facts->seccomp = watching->walls.seccomp;
	if (watching->options->target)
		facts->name = text_of(watching->options->target);
}

static struct gather *renew(void *data, bool facts_stale, const struct host_facts **facts)
{
	struct watching *watching = data;
	int64_t now_us = time_now_us();
	if (facts_stale) {
		struct gather *later = gather_again(watching->gather, now_us);
		read_facts(watching, later);
		gather_free(&watching->later);
		watching->later = later;
	}
	*facts = &watching->facts;
	struct gather *gather = gather_again(watching->gather, now_us);
	if (watching->assist) {
		assist_again(watching->assist);
		gather_set_asker(gather, assist_asker(watching->assist));
	}
	return gather;
}

/* -------- items -------- */

static bool flush(struct watching *watching)
{
	bool written = output_write(OUTPUT_STANDARD, buf_view(&watching->out), &watching->gone,
				    &watching->err);
	buf_clear(&watching->out);
	watching->broken = !written && !watching->gone;
	return written;
}

static bool take_change(void *data, const struct drift_change *change)
{
	struct watching *watching = data;
	if (change->first || is_ndjson(watching->options)) {
		const struct report_place place = {
			.statement = policy_statement(change->policy, change->check)};
		report_item(watching->report, change->item, &place, &watching->out);
	} else {
		const struct report_change shown = {
			.item = change->item, .from = change->from, .width = watching->width};
		report_put_change(&shown, watching->colour, &watching->out);
	}
	return watching->out.len == 0 || flush(watching);
}

/* What is looked at only from time to time is said, on a terminal also that something goes on. */
static void say_begin(const struct watching *watching)
{
	struct watch *watch = drift_watcher(watching->drift);
	struct watch_state state;
	scoped(buf_end) struct buf blind = {0}, who = {0};
	watch_put_blind(watch, &blind);
	watch_get_state(watch, &state);
	if (blind.len > 0)
		command_say("watch: not told by the kernel: %s", blind.at);
	if (!watching->talks)
		return;
	watch_put_attribution(watch, &who);
	if (text_starts(buf_view(&who), "nobody"))
		command_say("watch: changes are attributed to %s", who.at);
	command_say("watching %zu names; Ctrl-C ends it", state.names);
}

/* -------- the run -------- */

static void got_signal(void *data, int number unused)
{
	loop_stop(data);
}

/* Who will be asked what the judge may not look at itself. */
static unsigned needs(const struct watching *watching, const struct policies_set *set)
{
	return is_running(watching->options) ? assist_needs(&set->policies) : 0;
}

/* Starts them: who asks is forked already, and ends by a signal in its own time, so they must not
 * end by the same before. */
static bool start_assist(struct watching *watching, unsigned roles, struct err *err)
{
	if (roles != 0)
		watching->assist = assist_new(roles, err);
	return roles == 0 || watching->assist;
}

/* The loop is of the process that goes on, so the keeper comes first. */
static bool begin(struct watching *watching, unsigned roles, struct err *err)
{
	if (roles != 0 && !keeper_stay(err))
		return false;
	watching->loop = loop_new(err);
	return watching->loop && loop_signals(watching->loop, child_stops, CHILD_STOPS, got_signal,
					      watching->loop, err);
}

static int prepare(struct watching *watching, const struct policies_set *set)
{
	const struct options *options = watching->options;
	struct err err = {0};
	const struct gather_config config = {
		.root = options->root, .running = is_running(options), .now_us = time_now_us()};
	watching->gather = gather_new(&config, &err);
	unsigned roles = needs(watching, set);
	if (!watching->gather || !begin(watching, roles, &err))
		return command_fail(&err);
	struct arena *arena = gather_arena(watching->gather);
	struct text *only = arena_get(arena, options->only.count, sizeof(*only));
	struct text *names = arena_get(arena, array_len(fact_names), sizeof(*names));
	for (size_t i = 0; i < options->only.count; i++)
		only[i] = text_of(options->only.at[i]);
	for (size_t i = 0; i < array_len(fact_names); i++)
		names[i] = text_of(fact_names[i]);
	read_facts(watching, watching->gather);
	if (config.running)
		hostfacts_read_addresses(watching->gather, &watching->facts);
	struct drift_config drift = {
		.loop = watching->loop,
		.policies = &set->policies,
		.engine = {.level_max = LEVEL_MAXIMUM,
			   .only = only,
			   .only_count = options->only.count},
		.gather = watching->gather,
		.fact_names = names,
		.fact_name_count = array_len(fact_names),
		.renew = renew,
		.each = take_change,
		.data = watching,
	};
	if (options->level)
		must(level_read(text_of(options->level), &drift.engine.level_max));
	watching->drift = drift_new(&drift, &err);
	policies_prepare(&set->policies, watching->gather);
	if (!watching->drift || !start_assist(watching, roles, &err) ||
	    !judge_enter_watching(options->root ? options->root : "/", &watching->walls, &err))
		return command_fail(&err);
	watching->facts.landlock_abi = watching->walls.landlock_abi;
	watching->facts.seccomp = watching->walls.seccomp;
	return 0;
}

/* Until a signal, or nobody reads any more. */
static bool watch_all(struct watching *watching)
{
	if (!drift_judge(watching->drift))
		return false;
	report_end(watching->report, &watching->out);
	if (!flush(watching) || !drift_watch(watching->drift))
		return false;
	say_begin(watching);
	return loop_run(watching->loop, &watching->err) || (watching->broken = true, false);
}

/* As check's of the last state. */
static int verdict_status(const struct drift *drift)
{
	struct engine_counts counts;
	drift_counts(drift, &counts);
	bool wrong = counts.by_status[STATUS_FAIL] + counts.by_status[STATUS_ERROR] +
			     counts.by_status[STATUS_UNKNOWN] >
		     0;
	return wrong || counts.applied == 0 ? 1 : 0;
}

static int watch(const struct program *program, const struct options *options, char **names,
		 size_t count)
{
	scoped(policies_set_end) struct policies_set set = {0};
	scoped(end_watching) struct watching watching = {.options = options};
	bool terminal = output_is_terminal(OUTPUT_STANDARD);
	struct report_config config = {.width = terminal ? output_width(OUTPUT_STANDARD) : 0,
				       .colour = terminal && !program->no_color};
	policies_read(&set, program, names, count);
	set.policies.unproven = true;
	policies_load(&set);
	policies_say_errors(&set);
	if (set.policies.count == 0)
		return set.status;
	must(report_read_format(text_of(options->format), &config.format));
	watching.report = report_new(&config);
	watching.colour = config.colour;
	watching.width = config.width;
	watching.talks = output_is_terminal(OUTPUT_ERROR);
	int status = policies_want(&set, &options->only);
	if (status == 0)
		status = prepare(&watching, &set);
	if (status != 0)
		return status;
	(void)watch_all(&watching);
	if (watching.gone)
		return 0;
	status = watching.broken ? command_fail(&watching.err) : verdict_status(watching.drift);
	return set.status > status ? set.status : status;
}

static int run(const struct program *program, int argc, char **argv)
{
	static const char *const levels[] = {"low", "medium", "high", "maximum", NULL};
	static const char *const formats[] = {"table", "ndjson", NULL};
	scoped(end_options) struct options options = {.format = "table"};
	const struct option_row rows[] = {
		{"root", 0, "DIR", "judge the tree below DIR as if it were /", NULL, NULL,
		 &options.root, NULL},
		{"level", 0, "LEVEL", "leave out checks above low, medium, high or maximum", levels,
		 NULL, &options.level, NULL},
		{"only", 0, "REF", "watch only the check with this ref; may be given several times",
		 NULL, NULL, NULL, &options.only},
		{"target", 0, "NAME", "the name of this host in items", NULL, NULL, &options.target,
		 NULL},
		{"format", 0, "FORMAT", "table (default) and a line a change, or ndjson", formats,
		 NULL, &options.format, NULL},
	};
	int status;
	if (!option_read(&command_watch, rows, array_len(rows), &argc, &argv, &status))
		return status;
	return watch(program, &options, argv, (size_t)argc);
}

const struct command command_watch = {
	.name = "watch",
	.usage = "watch [POLICY…] [OPTION…]",
	.help = "judge this host, then each check again as soon as what it depends on changes",
	.example = "muster watch system.yaml",
	.run = run,
};
