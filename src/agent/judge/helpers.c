#include "agent/judge/helpers.h"

#include "agent/judge/commands.h"
#include "agent/judge/errand.h"
#include "base/log.h"
#include "base/mem.h"
#include "judge/helper.h"
#include "os/child.h"
#include "os/folder.h"

#define RUNNER_END_MS 200 /* for a runner to kill what it runs, once its judge is gone */

struct helper_child {
	struct helpers *helpers;
	const char *name;
	struct child child; /* pidfd -1: does not run */
	bool started;
};

struct helpers {
	struct loop *loop;
	struct post *judge;
	struct helper_child children[HELPER_COUNT];
	const char *path; /* of the list */
	bool read;
	struct commands *commands; /* NULL: not read, or why it can't be used: */
	struct err unusable;
	struct helper_child runners[HELPERS_RUNNERS_MAX];
};

static void ended(void *data, unsigned events unused)
{
	struct helper_child *one = data;
	loop_remove(one->helpers->loop, one->child.pidfd);
	struct child_end end = child_look(&one->child);
	if (end.how == CHILD_KILLED)
		log_write(LOG_ERROR, "monitor", "%s was killed by %s", one->name,
			  child_signal_name(end.status));
	else if (end.status != 0)
		log_write(LOG_ERROR, "monitor", "%s has ended, status=%d", one->name, end.status);
}

static bool start(struct helpers *helpers, enum helper_role role, struct err *err)
{
	struct helper_child *one = &helpers->children[role];
	int ends[2];
	if (one->started)
		return err_set(err, ERR_INPUT, "the judge wants a second %s", one->name);
	one->started = true;
	if (!channel_pair(ends, err))
		return false;
	struct helper_start begin = {.role = role, .end = ends[1]};
	const struct talk_run run = {.number = role};
	bool done = child_start(&one->child, helper_run, &begin, &begin.end, 1, err) &&
		    loop_add(helpers->loop, one->child.pidfd, LOOP_READ, ended, one, err) &&
		    post_send_run(helpers->judge, TALK_HELPER, &run, ends[0], err);
	folder_close(&ends[0]);
	folder_close(&ends[1]);
	return done;
}

/* What the judge says is a number: which helper it wants. */
static bool start_helper(struct helpers *helpers, const struct channel_message *message,
			 struct err *err)
{
	uint64_t role = roles_run(message).number;
	if (role >= HELPER_COUNT)
		return err_set(err, ERR_INPUT, "the judge wants a helper that there is not");
	return start(helpers, (enum helper_role)role, err);
}

/* -------- commands -------- */

static bool refuse(struct helpers *helpers, enum gather_answer how, const char *why,
		   struct err *err)
{
	scoped(buf_end) struct buf body = {0};
	buf_char(&body, (char)('0' + (int)how));
	buf_cstr(&body, why);
	return post_send(helpers->judge, TALK_NO_RUNNER, buf_view(&body), err);
}

/* The list as it stands on the disk when this judge first asks. */
static void read_list(struct helpers *helpers)
{
	if (helpers->read)
		return;
	helpers->read = true;
	helpers->commands = commands_load(helpers->path, &helpers->unusable);
	if (!helpers->commands)
		log_write(LOG_ERROR, "monitor", "no command is run: %s", helpers->unusable.text);
}

static struct helper_child *free_runner(struct helpers *helpers)
{
	for (size_t i = 0; i < HELPERS_RUNNERS_MAX; i++)
		if (helpers->runners[i].child.pidfd < 0)
			return &helpers->runners[i];
	return NULL;
}

static bool run(struct helpers *helpers, struct helper_child *one, const struct command *command,
		struct err *err)
{
	int ends[2];
	if (!channel_pair(ends, err))
		return false;
	struct errand_start begin = {.command = command, .judge = ends[1]};
	const struct talk_run told = {0};
	bool done = child_start(&one->child, errand_run, &begin, &begin.judge, 1, err) &&
		    loop_add(helpers->loop, one->child.pidfd, LOOP_READ, ended, one, err) &&
		    post_send_run(helpers->judge, TALK_RUNNER, &told, ends[0], err);
	folder_close(&ends[0]);
	folder_close(&ends[1]);
	return done;
}

/* What the judge says is bytes: they are in the list, or not. What is run is the list's. */
static bool start_command(struct helpers *helpers, const struct channel_message *message,
			  struct err *err)
{
	scoped(buf_end) struct buf why = {0};
	read_list(helpers);
	if (!helpers->commands)
		return refuse(helpers, GATHER_FAILED, helpers->unusable.text, err);
	const struct command *command = commands_find(helpers->commands, message->body);
	if (!command) {
		buf_print(&why, "it is not in %s", helpers->path);
		return refuse(helpers, GATHER_MISSING, why.at, err);
	}
	struct helper_child *one = free_runner(helpers);
	if (!one)
		return refuse(helpers, GATHER_FAILED, "too many commands run already", err);
	log_write(LOG_DEBUG, "monitor", "runs a command, line=%u", command->line);
	return run(helpers, one, command, err);
}

static void from_judge(void *data, struct channel_message *message)
{
	struct helpers *helpers = data;
	struct err err = {0};
	bool done = message->type == TALK_COMMAND ? start_command(helpers, message, &err)
						  : start_helper(helpers, message, &err);
	if (done)
		return;
	log_write(LOG_ERROR, "monitor", "no helper can be started: %s", err.text);
	post_free(&helpers->judge); /* by which the judge knows */
}

/* The judge's end is told by its pidfd. */
static void closed(void *data unused, const struct err *err)
{
	if (err->kind != ERR_NONE)
		log_write(LOG_ERROR, "monitor", "the judge: %s", err->text);
}

static const struct post_calls calls = {from_judge, closed};

struct helpers *helpers_new(struct loop *loop, int fd, const char *commands, struct err *err)
{
	struct helpers *helpers = mem_new(1, sizeof(*helpers));
	helpers->loop = loop;
	helpers->path = commands;
	for (size_t i = 0; i < HELPERS_RUNNERS_MAX; i++)
		helpers->runners[i] = (struct helper_child){
			.helpers = helpers, .name = "a runner", .child.pidfd = -1};
	for (unsigned i = 0; i < HELPER_COUNT; i++)
		helpers->children[i] = (struct helper_child){
			.helpers = helpers,
			.name = helper_of((enum helper_role)i)->name,
			.child.pidfd = -1};
	helpers->judge = post_new(&(struct post_config){.loop = loop,
							.fd = fd,
							.us = ROLE_MONITOR,
							.them = ROLE_JUDGE,
							.calls = &calls,
							.data = helpers},
				  err);
	if (!helpers->judge)
		mem_free(&helpers);
	return helpers;
}

static void finish(struct helpers *helpers, struct helper_child *one, int wait_ms)
{
	if (one->child.pidfd < 0)
		return;
	loop_remove(helpers->loop, one->child.pidfd);
	(void)child_finish(&one->child, wait_ms);
}

void helpers_free(struct helpers **helpers)
{
	if (!*helpers)
		return;
	post_free(&(*helpers)->judge);
	for (unsigned i = 0; i < HELPER_COUNT; i++)
		finish(*helpers, &(*helpers)->children[i], 0);
	for (unsigned i = 0; i < HELPERS_RUNNERS_MAX; i++) /* they kill what they run */
		finish(*helpers, &(*helpers)->runners[i], RUNNER_END_MS);
	commands_free(&(*helpers)->commands);
	mem_free(helpers);
}
