#include "agent/judge/errand.h"

#include "agent/roles.h"
#include "judge/helper.h"
#include "judge/runner.h"
#include "os/child.h"

/* It sees and executes everything that its user may, and writes nothing. */
static const struct powers_path paths[] = {
	{.path = "/", .rights = POWERS_READ | POWERS_EXECUTE},
	{.path = "/dev/null", .rights = POWERS_READ | POWERS_WRITE},
};

static bool put_walls(struct err *err)
{
	unsigned abi = 0;
	if (!powers_lock(err) || !child_stay_bound(err) ||
	    !powers_wall_paths(paths, array_len(paths), false, &abi, err))
		return false;
	if (abi == 0)
		return err_set(err, ERR_SYSTEM,
			       "commands are not run where the kernel has no Landlock: nothing "
			       "would keep them from writing");
#ifndef MUSTER_SANITIZED /* sanitizers make system calls of their own, also at the end */
	return powers_wall_calls(POWERS_CALLS_COMMAND, err);
#else
	return true;
#endif
}

bool errand_enter(const char *user, struct err *err)
{
	if (user && !powers_can_become(user, err))
		return false;
	return powers_become(user ? user : ROLES_ACCOUNT, POWERS_UID_AGENT, NULL, err) &&
	       put_walls(err);
}

int errand_run(void *data)
{
	const struct errand_start *start = data;
	struct err err = {0};
	scoped(buf_end) struct buf text = {0};
	scoped(channel_free) struct channel *channel = channel_new(start->judge);
	enum gather_answer how = GATHER_FAILED;
	const struct program program = {.argv = start->command->argv,
					.span_ms = RUNNER_LISTED_MS,
					.limit = RUNNER_PRINTED_MAX,
					.folder = "/",
					.asker = start->judge};
	if (errand_enter(start->command->user, &err))
		how = runner_run(&program, &text);
	else
		buf_cstr(&text, err.text);
	(void)!helper_answer(channel, 1, how, buf_view(&text), &err); /* a judge may be gone */
	return 0;
}
