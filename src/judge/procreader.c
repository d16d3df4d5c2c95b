/* procreader: tells the program and the sockets of a process, also of another user's, with the two
 * capabilities for it: sys_ptrace, and dac_read_search, since the folder of open files is closed to
 * others.
 *
 * Landlock would refuse it just that (a walled process may look only at those within its own
 * walls), so seccomp alone holds it: it may list folders and read links, and open no file. Where a
 * kernel has no Landlock, whose absence leaves the others with lower walls, it does not start. */
#include "assess/engine/ask.h"
#include "judge/helper.h"
#include "os/child.h"
#include "os/kernel/procfs.h"
#include "os/powers.h"

#define ACCOUNT "_muster"
#define WAIT_MS 5000

static bool enter(struct err *err)
{
	static const char *const wanted[] = {"sys_ptrace", "dac_read_search", NULL};
	const char *keep[array_len(wanted)];
	if (powers_landlock_abi() == 0)
		return err_set(err, ERR_SYSTEM,
			       "it does not start where the kernel has no Landlock");
	powers_owned(wanted, keep);
	if (!powers_become(ACCOUNT, POWERS_UID_AGENT, keep, err) || !child_stay_bound(err) ||
	    !powers_lock(err))
		return false;
#ifndef MUSTER_SANITIZED /* sanitizers make system calls of their own, also at the end */
	if (!powers_wall_calls(POWERS_CALLS_PROCREADER, err))
		return false;
#endif
	return true;
}

/* "exe 812", "fds 812" */
static bool read_question(struct text question, bool *sockets, uint32_t *pid)
{
	uint64_t number;
	*sockets = text_starts(question, "fds ");
	if ((!*sockets && !text_starts(question, "exe ")) ||
	    !text_to_u64((struct text){question.at + 4, question.len - 4}, 1, INT32_MAX, &number))
		return false;
	*pid = (uint32_t)number;
	return true;
}

static bool takes(struct text question)
{
	bool sockets;
	uint32_t pid;
	return read_question(question, &sockets, &pid);
}

static enum gather_answer serve(struct text question, struct buf *text)
{
	struct err err = {0};
	bool sockets;
	uint32_t pid;
	must(read_question(question, &sockets, &pid));
	enum procfs_answer answer = sockets ? procfs_sockets(pid, ASK_ANSWER_MAX, text, &err)
					    : procfs_exe(pid, text, &err);
	if (answer == PROCFS_OK)
		return GATHER_OK;
	buf_clear(text);
	if (answer == PROCFS_GONE)
		return GATHER_OK; /* with nothing in it */
	buf_cstr(text, err.text);
	if (answer == PROCFS_REFUSED)
		buf_cstr(text, "; root alone sees the processes of others, and not all of them");
	return GATHER_FAILED;
}

const struct helper helper_procreader = {
	.name = "procreader",
	.words = "exe fds",
	.wait_ms = WAIT_MS,
	.enter = enter,
	.takes = takes,
	.serve = serve,
};
