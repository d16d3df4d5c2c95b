#include "cli/fleet/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/time.h"
#include "net/events.h"
#include "cli/fleet/remote.h"
#include "cli/fleet/show.h"
#include "cli/policies.h"
#include "os/output.h"
#include "report/report.h"

#define WAIT_US_DEFAULT (30 * TIME_SECOND_US)
#define WAIT_US_MAX (86400 * TIME_SECOND_US)
#define GRACE_US (5 * TIME_SECOND_US) /* the server's own end of waiting comes first */
#define ITEM_ARENA_MAX (1u << 20)

struct run {
	const struct program *program;
	struct remote remote;
	bool table, titled;
	bool places; /* what policies say of their checks is shown */
	size_t width, target_width;
	struct report *report; /* of all formats but the table */
	struct json *started;  /* what POST /actions answered */
	struct map *seen;      /* items by id and time, hosts by id: once each */
	struct statements *statements;
	struct buf heading; /* that stands above the last row */
	struct tally tally;
	size_t answered;
	int64_t end_us; /* span */
};

static void write_out(struct buf *out)
{
	if (out->len > 0)
		(void)!fwrite(out->at, 1, out->len, stdout);
	(void)!fflush(stdout);
	buf_end(out);
}

static bool is_first(struct run *run, const char *a, const char *b)
{
	bool first;
	scoped(buf_end) struct buf key = {0};
	buf_print(&key, "%s %s", a, b);
	first = !map_get(run->seen, buf_view(&key));
	if (first)
		(void)map_put(run->seen, buf_view(&key), run);
	return first;
}

/* Text in a column of this width, made printable and cut. */
static void put_column(struct buf *out, struct text text, size_t width)
{
	static const struct grid_column column[] = {{"", GRID_CUT, false}};
	scoped(grid_free) struct grid *grid = grid_new(column, 1);
	scoped(buf_end) struct buf cell = {0};
	grid_row(grid);
	grid_cell(grid, text, GRID_PLAIN);
	grid_write(grid, width, false, &cell);
	struct text rest = buf_view(&cell), line;
	if (text_next(&rest, '\n', &line) && text_next(&rest, '\n', &line))
		buf_text(out, line);
	for (size_t used = grid_width(line); used < width; used++)
		buf_char(out, ' ');
}

/* The last column: text at words below each other, behind `indent` columns. */
static void put_wrapped(struct buf *out, struct text text, size_t indent, size_t width)
{
	static const struct grid_column column[] = {{"", GRID_WRAPS, false}};
	scoped(grid_free) struct grid *grid = grid_new(column, 1);
	scoped(buf_end) struct buf lines = {0};
	grid_row(grid);
	grid_cell(grid, text, GRID_PLAIN);
	grid_write(grid, width, false, &lines);
	struct text rest = buf_view(&lines), line;
	bool more = text_next(&rest, '\n', &line); /* the empty title */
	for (size_t i = 0; more && text_next(&rest, '\n', &line); i++) {
		if (i > 0)
			buf_print(out, "\n%*s", (int)indent, "");
		buf_text(out, line);
	}
}

/* Rows that come one after the other with one policy and statement stand below one heading. */
static void put_heading(struct run *run, const struct item *item, struct buf *out)
{
	scoped(buf_end) struct buf heading = {0};
	bool colour = run->width > 0 && !run->program->no_color;
	const struct report_place *place = statements_find(run->statements, item->policy.name,
							   item->check.ref);
	report_put_heading(item->policy.name, place->statement, &heading);
	if (text_is_equal(buf_view(&heading), buf_view(&run->heading)))
		return;
	buf_clear(&run->heading);
	buf_text(&run->heading, buf_view(&heading));
	buf_cstr(out, colour ? "\n\033[1m" : "\n");
	buf_printable(out, buf_view(&heading), GRID_CELL_MAX);
	buf_cstr(out, colour ? "\033[0m\n" : "\n");
}

/* Rows of the table come one by one, so the columns are as wide as what they may hold. */
static void show_row(struct run *run, const struct item *item)
{
	struct buf out = {0};
	scoped(buf_end) struct buf check = {0};
	static const char *const inks[] = {
		[GRID_GOOD] = "\033[32m", [GRID_BAD] = "\033[31m", [GRID_WARN] = "\033[33m"};
	struct text status = text_of(status_name(item->status));
	enum grid_ink ink = show_status_ink(status);
	bool colour = run->width > 0 && !run->program->no_color &&
		      (ink == GRID_GOOD || ink == GRID_BAD || ink == GRID_WARN);
	if (!run->titled) {
		put_column(&out, TEXT("TARGET"), run->target_width);
		buf_print(&out, "  %-14s  %-7s  %s\n", "STATUS", "LEVEL", "CHECK");
		run->titled = true;
	}
	put_heading(run, item, &out);
	put_column(&out, item->target, run->target_width);
	buf_print(&out, "  %s%-14s%s  %-7s  ", colour ? inks[ink] : "", status_name(item->status),
		  colour ? "\033[0m" : "", level_name(item->policy.level));
	buf_text(&check, item->policy.name);
	buf_print(&check, "/%.*s %.*s: %.*s", TEXT_ARG(item->check.ref), TEXT_ARG(item->check.name),
		  TEXT_ARG(item->reason));
	size_t used = run->target_width + 27;
	if (run->width > used + GRID_SHRUNK_MIN)
		put_wrapped(&out, buf_view(&check), used, run->width - used);
	else
		buf_printable(&out, buf_view(&check), GRID_CELL_MAX);
	while (out.len > 0 && out.at[out.len - 1] == ' ')
		out.len--;
	buf_char(&out, '\n');
	write_out(&out);
}

static void count_item(struct run *run, const struct item *item)
{
	struct buf out = {0};
	run->tally.count[item->policy.level][item->status]++;
	if (run->table) {
		show_row(run, item);
		return;
	}
	report_item(run->report, item,
		    statements_find(run->statements, item->policy.name, item->check.ref), &out);
	write_out(&out);
}

static void take_item(struct run *run, const struct json *json)
{
	struct err err = {0};
	struct item item;
	char at[TIME_TEXT_SIZE];
	scoped(arena_free) struct arena *arena = arena_new(ITEM_ARENA_MAX);
	if (!item_from_json(json, arena, &item, &err)) {
		command_say("the server sent an item that is none: %s", err.text);
		return;
	}
	time_put(item.at_us, at);
	if (!is_first(run, item.id, at))
		return;
	scoped(buf_end) struct buf agent = {0};
	buf_text(&agent, item.agent);
	if (is_first(run, "host", agent.at ? agent.at : "") && item.status != STATUS_UNKNOWN)
		run->answered++; /* unknown is the server's word for those that did not */
	count_item(run, &item);
	if (output_is_terminal(OUTPUT_ERROR) && !output_is_terminal(OUTPUT_STANDARD))
		fprintf(stderr, "\r%zu of %zu hosts have answered ", run->answered,
			json_count(json_get(run->started, "hosts")));
}

static bool on_event(void *data, struct text kind, struct text event)
{
	struct err err = {0};
	struct run *run = data;
	if (text_is(kind, "done") || text_is(kind, "lost"))
		return false; /* the rest is asked for */
	if (!text_is(kind, "item"))
		return true;
	scoped(json_free) struct json *json = json_parse(event, &err);
	if (json)
		take_item(run, json);
	return true;
}

struct listening {
	struct run *run;
	struct events events;
};

static bool on_piece(void *data, struct text piece)
{
	struct listening *listening = data;
	return events_take(&listening->events, piece) && time_span_us() < listening->run->end_us;
}

static bool listen_to(struct run *run, struct err *err)
{
	scoped(buf_end) struct buf path = {0};
	struct listening listening = {.run = run, .events = {.each = on_event, .data = run}};
	buf_print(&path, "/api/v1/stream?action=%.*s&after=%" PRId64,
		  TEXT_ARG(json_text(run->started, "id")), json_int(run->started, "stream", 0));
	bool done = remote_stream(&run->remote, path.at, on_piece, &listening, err);
	events_end(&listening.events);
	return done;
}

/* A host that said nothing at all is one item, made here. */
static void take_silent(struct run *run, const struct json *host, int64_t wait_us)
{
	scoped(buf_end) struct buf id = {0}, reason = {0};
	buf_text(&id, json_text(host, "id"));
	if (!is_first(run, "host", id.at ? id.at : ""))
		return;
	if (text_is(json_text(host, "status"), "answered")) { /* there was nothing to check */
		run->answered++;
		return;
	}
	buf_print(&reason, "the host did not answer within %" PRId64 " s",
		  wait_us / TIME_SECOND_US);
	struct item item = {.target = json_text(host, "name"),
			    .at_us = time_now_us(),
			    .status = STATUS_UNKNOWN,
			    .policy = {.name = TEXT("muster"), .level = LEVEL_LOW},
			    .check = {.ref = TEXT("answer"), .name = TEXT("the host answers")},
			    .reason = buf_view(&reason),
			    .agent = buf_view(&id),
			    .action = json_text(run->started, "id")};
	item_put_id(item.agent, item.policy.name, item.check.ref, TEXT(""), item.id);
	count_item(run, &item);
}

/* What the stream did not bring, and who has not answered. */
static bool take_rest(struct run *run, int64_t wait_us, struct err *err)
{
	scoped(buf_end) struct buf path = {0};
	buf_print(&path, "/api/v1/actions/%.*s", TEXT_ARG(json_text(run->started, "id")));
	scoped(json_free) struct json *action = remote_call(&run->remote, "GET", path.at, NULL,
							    err);
	if (!action)
		return false;
	const struct json *items = json_get(action, "items"), *hosts = json_get(action, "hosts");
	for (size_t i = 0; i < json_count(items); i++)
		take_item(run, json_at(items, i));
	for (size_t i = 0; i < json_count(hosts); i++)
		take_silent(run, json_at(hosts, i), wait_us);
	return true;
}

/* The policies that were named, as the server wants them; false after saying what is wrong with
 * them. */
static bool read_policies(struct run *run, const struct fleet_check *check, struct json *list,
			  int *status)
{
	scoped(policies_set_end) struct policies_set set = {0};
	if (check->policy_count == 0)
		return true;
	policies_read(&set, run->program, check->policies, (size_t)check->policy_count);
	policies_load(&set);
	policies_say_errors(&set);
	*status = set.status;
	statements_add(run->statements, &set.policies);
	for (size_t i = 0; i < set.count; i++) {
		if (set.files[i].count == 0)
			continue;
		struct json *policy = json_new_object();
		json_put_cstr(policy, "name", set.files[i].path);
		json_put_text(policy, "text", set.files[i].text);
		json_add(list, policy);
	}
	return *status == 0 && json_count(list) > 0;
}

static bool start(struct run *run, const struct fleet_check *check, struct json *policies,
		  int64_t wait_us, struct err *err)
{
	scoped(json_free) struct json *body = json_new_object();
	json_put_cstr(body, "target", check->hosts);
	json_put(body, "policies", json_copy(policies));
	json_put_int(body, "wait_s", wait_us / TIME_SECOND_US);
	if (!remote_open(run->program, &run->remote, err) ||
	    (run->places && !statements_fetch(run->statements, &run->remote, err)))
		return false;
	run->started = remote_call(&run->remote, "POST", "/api/v1/actions", body, err);
	run->end_us = time_span_us() + wait_us + GRACE_US;
	const struct json *hosts = json_get(run->started, "hosts");
	for (size_t i = 0; i < json_count(hosts); i++) {
		size_t width = grid_width(json_text(json_at(hosts, i), "name"));
		if (width > run->target_width && width <= 40)
			run->target_width = width;
	}
	return run->started;
}

static unsigned count_status(const struct tally *tally, enum status status)
{
	unsigned count = 0;
	for (size_t level = 0; level < LEVEL_COUNT; level++)
		count += tally->count[level][status];
	return count;
}

static int finish(struct run *run)
{
	struct buf out = {0};
	if (output_is_terminal(OUTPUT_ERROR) && !output_is_terminal(OUTPUT_STANDARD))
		fputc('\n', stderr);
	if (run->table) {
		buf_char(&out, '\n');
		report_put_counts(&run->tally, &out);
		buf_print(&out, "%s%zu of %zu hosts answered\n", out.len > 1 ? "; " : "",
			  run->answered, json_count(json_get(run->started, "hosts")));
	} else {
		report_end(run->report, &out);
	}
	write_out(&out);
	unsigned bad = count_status(&run->tally, STATUS_FAIL) +
		       count_status(&run->tally, STATUS_ERROR) +
		       count_status(&run->tally, STATUS_UNKNOWN);
	unsigned good = count_status(&run->tally, STATUS_PASS) +
			count_status(&run->tally, STATUS_WAIVED);
	if (bad + good == 0)
		command_say("nothing was checked: no check applies to these hosts");
	return bad > 0 || good == 0 ? 1 : 0;
}

static int follow(struct run *run, int64_t wait_us, struct err *err)
{
	if (json_count(json_get(run->started, "hosts")) == 0) {
		command_say("nothing was checked: no host matches; see muster agent list");
		return 1;
	}
	struct err broken = {0};
	bool heard = listen_to(run, &broken);
	if (!take_rest(run, wait_us, err))
		return command_fail(err);
	int status = finish(run);
	return heard ? status : command_fail(&broken);
}

static void end_run(struct run *run)
{
	json_free(&run->started);
	map_free(&run->seen);
	statements_free(&run->statements);
	buf_end(&run->heading);
	report_free(&run->report);
	remote_end(&run->remote);
}

int fleet_check_run(const struct program *program, const struct command *command,
		    const struct fleet_check *check)
{
	struct err err = {0};
	int64_t wait_us = WAIT_US_DEFAULT;
	struct report_config config = {.targets = true};
	must(report_read_format(text_of(check->format), &config.format));
	if (check->wait && (!time_read_span(text_of(check->wait), &wait_us) ||
			    wait_us < TIME_SECOND_US || wait_us > WAIT_US_MAX))
		return option_wrong(command, "--wait is a span from 1s to 24h");
	int status = 0;
	scoped(json_free) struct json *policies = json_new_list();
	struct run run = {.program = program,
			  .table = config.format == REPORT_TABLE,
			  .places = report_wants_place(config.format),
			  .width = output_width(OUTPUT_STANDARD),
			  .target_width = 6,
			  .report = report_new(&config),
			  .seen = map_new(),
			  .statements = statements_new()};
	if (!read_policies(&run, check, policies, &status))
		status = status > 0 ? status : 2;
	else if (start(&run, check, policies, wait_us, &err))
		status = follow(&run, wait_us, &err);
	else
		status = command_fail(&err);
	end_run(&run);
	return status;
}
