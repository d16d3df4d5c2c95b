#include "agent/judge/helpers.h"

#include "base/log.h"
#include "base/mem.h"
#include "judge/helper.h"
#include "os/child.h"
#include "os/folder.h"

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
static void from_judge(void *data, struct channel_message *message)
{
	struct helpers *helpers = data;
	struct err err = {0};
	uint64_t role = roles_run(message).number;
	bool done = role < HELPER_COUNT ||
		    err_set(&err, ERR_INPUT, "the judge wants a helper that there is not");
	if (done && start(helpers, (enum helper_role)role, &err))
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

struct helpers *helpers_new(struct loop *loop, int fd, struct err *err)
{
	struct helpers *helpers = mem_new(1, sizeof(*helpers));
	helpers->loop = loop;
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

void helpers_free(struct helpers **helpers)
{
	if (!*helpers)
		return;
	post_free(&(*helpers)->judge);
	for (unsigned i = 0; i < HELPER_COUNT; i++) {
		struct child *child = &(*helpers)->children[i].child;
		if (child->pidfd < 0)
			continue;
		loop_remove((*helpers)->loop, child->pidfd);
		(void)child_finish(child, 0);
	}
	mem_free(helpers);
}
