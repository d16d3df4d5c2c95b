#include "agent/judge/sitting.h"

#include <stdio.h>

#include "base/mem.h"
#include "os/child.h"
#include "os/powers.h"

struct sitting {
	struct sitting_config config;
	struct child child;
	struct loop_timer *limit;
	bool overdue; /* it was killed for taking too long */
};

static int sit(void *data)
{
	const struct sitting *sitting = data;
	const struct sitting_config *config = &sitting->config;
#ifndef MUSTER_SANITIZED /* their shadows are data, too */
	struct err err = {0};
	if (!powers_limit_memory(config->memory, &err))
		return 1;
#endif
	return config->run(config->data);
}

static void give_reason(const struct sitting *sitting, struct child_end end, char *reason,
			size_t size)
{
	const struct sitting_config *config = &sitting->config;
	if (sitting->overdue)
		snprintf(reason, size, "the judge took longer than %g s", config->time_ms / 1000.0);
	else if (end.how == CHILD_KILLED)
		snprintf(reason, size, "the judge was killed by %s", child_signal_name(end.status));
	else if (end.status == MEM_EXIT)
		snprintf(reason, size, "the judge needed more than %zu MiB of memory",
			 config->memory >> 20);
	else if (end.status != 0)
		snprintf(reason, size, "the judge ended with status %d", end.status);
}

static void has_ended(void *data, unsigned events unused)
{
	struct sitting *sitting = data;
	loop_remove(sitting->config.loop, sitting->child.pidfd);
	loop_cancel(&sitting->limit);
	struct child_end end = child_look(&sitting->child);
	struct talk_run told = {.how = (int32_t)end.how, .status = end.status};
	give_reason(sitting, end, told.reason, sizeof(told.reason));
	sitting->config.ended(sitting->config.owner, &told);
}

static void limit_due(void *data)
{
	struct sitting *sitting = data;
	sitting->limit = NULL;
	sitting->overdue = true;
	child_kill(&sitting->child);
}

struct sitting *sitting_new(const struct sitting_config *config, struct err *err)
{
	struct sitting *sitting = mem_new(1, sizeof(*sitting));
	*sitting = (struct sitting){.config = *config, .child.pidfd = -1};
	if (child_start(&sitting->child, sit, sitting, config->keep, config->keep_count, err) &&
	    loop_add(config->loop, sitting->child.pidfd, LOOP_READ, has_ended, sitting, err)) {
		sitting->limit = loop_after(config->loop, config->time_ms, limit_due, sitting);
		return sitting;
	}
	if (sitting->child.pidfd >= 0)
		(void)child_finish(&sitting->child, 0);
	mem_free(&sitting);
	return NULL;
}

void sitting_free(struct sitting **sitting)
{
	if (!*sitting)
		return;
	loop_cancel(&(*sitting)->limit);
	if ((*sitting)->child.pidfd >= 0) {
		loop_remove((*sitting)->config.loop, (*sitting)->child.pidfd);
		(void)child_finish(&(*sitting)->child, 0);
	}
	mem_free(sitting);
}
