#include "judge/judge.h"

#include "os/powers.h"

static bool enter(const char *root, enum powers_calls calls, bool processes,
		  struct judge_walls *walls, struct err *err)
{
	const struct powers_path readable[] = {
		{.path = root, .rights = POWERS_READ},
		{.path = "/proc", .rights = POWERS_READ},
	};
#ifdef MUSTER_SANITIZED /* the search for leaks looks at our own threads */
	processes = true;
#endif
	*walls = (struct judge_walls){0};
	if (!powers_lock(err) ||
	    !powers_wall_paths(readable, processes ? 2 : 1, false, &walls->landlock_abi, err))
		return false;
#ifndef MUSTER_SANITIZED /* sanitizers make system calls of their own, also at the end */
	if (!powers_wall_calls(calls, err))
		return false;
	walls->seccomp = true;
#else
	(void)calls;
#endif
	return true;
}

bool judge_enter(const char *root, struct judge_walls *walls, struct err *err)
{
	return enter(root, POWERS_CALLS_JUDGE, false, walls, err);
}

bool judge_enter_watching(const char *root, struct judge_walls *walls, struct err *err)
{
	return enter(root, POWERS_CALLS_WATCH, true, walls, err);
}
