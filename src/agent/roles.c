#include "agent/roles.h"

#include <string.h>

#include "assess/engine/ask.h"
#include "os/child.h"
#include "os/folder.h"

#define MIB (1024u * 1024)

/* What the resolver reads; each only where it is there. */
static const char *const resolver_files[] = {"/etc/hosts",         "/etc/resolv.conf",
					     "/etc/nsswitch.conf", "/etc/host.conf",
					     "/etc/gai.conf",      "/etc/services"};
#define PATHS_MAX (array_len(resolver_files) + 3)

static const char *const no_capabilities[] = {NULL};
static const char *const judge_capabilities[] = {"dac_read_search", NULL};

static const struct {
	const char *const *capabilities;
	bool has_walls; /* here; the judge's are judge_enter's, once it holds the root open */
	enum powers_calls calls;
	bool network, resolves, keeps, watches;
} roles[] = {
	[ROLE_MONITOR] = {.capabilities = NULL},
	[ROLE_LINK] = {.capabilities = no_capabilities,
		       .has_walls = true,
		       .calls = POWERS_CALLS_LINK,
		       .network = true,
		       .resolves = true,
		       .keeps = true},
	[ROLE_GATE] = {.capabilities = no_capabilities,
		       .has_walls = true,
		       .calls = POWERS_CALLS_GATE},
	[ROLE_JUDGE] = {.capabilities = judge_capabilities},
	[ROLE_WATCH] = {.capabilities = judge_capabilities,
			.has_walls = true,
			.calls = POWERS_CALLS_WATCH,
			.watches = true},
	[ROLE_CALLER] = {.capabilities = no_capabilities,
			 .has_walls = true,
			 .calls = POWERS_CALLS_LINK,
			 .network = true,
			 .resolves = true},
};

static const struct {
	enum role from, to;
	size_t min, max; /* bytes */
} talks[] = {
	[TALK_DOCUMENTS] = {ROLE_LINK, ROLE_GATE, 2, CHANNEL_BODY_MAX},
	[TALK_RUN] = {ROLE_LINK, ROLE_GATE, 0, MIB},
	[TALK_CHECK] = {ROLE_LINK, ROLE_GATE, 2, CHANNEL_BODY_MAX},
	[TALK_REFUSED] = {ROLE_GATE, ROLE_LINK, 2, 4096},
	[TALK_FAILED] = {ROLE_GATE, ROLE_LINK, 2, 4096},
	[TALK_JUDGE] = {ROLE_GATE, ROLE_MONITOR, sizeof(struct talk_run), sizeof(struct talk_run)},
	[TALK_INPUT] = {ROLE_MONITOR, ROLE_GATE, sizeof(struct talk_run), sizeof(struct talk_run)},
	[TALK_OUTPUT] = {ROLE_MONITOR, ROLE_LINK, sizeof(struct talk_run), sizeof(struct talk_run)},
	[TALK_ENDED] = {ROLE_MONITOR, ROLE_GATE, sizeof(struct talk_run), sizeof(struct talk_run)},
	[TALK_WORK] = {ROLE_GATE, ROLE_JUDGE, 2, CHANNEL_BODY_MAX},
	[TALK_FACTS] = {ROLE_JUDGE, ROLE_LINK, 2, 64u * 1024},
	[TALK_ITEMS] = {ROLE_JUDGE, ROLE_LINK, 2, 2 * MIB},
	[TALK_DONE] = {ROLE_JUDGE, ROLE_LINK, 2, MIB},
	[TALK_ASSIST] = {ROLE_JUDGE, ROLE_MONITOR, sizeof(struct talk_run),
			 sizeof(struct talk_run)},
	[TALK_HELPER] = {ROLE_MONITOR, ROLE_JUDGE, sizeof(struct talk_run),
			 sizeof(struct talk_run)},
	[TALK_COMMAND] = {ROLE_JUDGE, ROLE_MONITOR, 2, ASK_QUESTION_MAX},
	[TALK_RUNNER] = {ROLE_MONITOR, ROLE_JUDGE, sizeof(struct talk_run),
			 sizeof(struct talk_run)},
	[TALK_NO_RUNNER] = {ROLE_MONITOR, ROLE_JUDGE, 2, 4096},
	[TALK_TIES] = {ROLE_MONITOR, ROLE_WATCH, sizeof(struct talk_run), sizeof(struct talk_run)},
	[TALK_SCOPE] = {ROLE_JUDGE, ROLE_WATCH, 2, 4096},
	[TALK_DEPENDS] = {ROLE_JUDGE, ROLE_WATCH, 2, CHANNEL_BODY_MAX},
	[TALK_KNOWN] = {ROLE_JUDGE, ROLE_WATCH, 2, 4096},
	[TALK_CHANGED] = {ROLE_WATCH, ROLE_LINK, 2, MIB},
	[TALK_SIGHT] = {ROLE_WATCH, ROLE_LINK, 2, 4096},
	[TALK_AGED] = {ROLE_JUDGE, ROLE_LINK, 2, 2 * MIB},
	[TALK_ANSWER] = {ROLE_CALLER, ROLE_MONITOR, 2, 256u * 1024},
	[TALK_PAIR] = {ROLE_LINK, ROLE_MONITOR, 1, 32u * 1024},
};

/* The watch sees names and states everywhere, and contents of the kernel's own files alone. */
static const struct powers_path watched[] = {
	{.path = "/", .rights = POWERS_LIST},
	{.path = "/proc", .rights = POWERS_READ},
	{.path = "/sys", .rights = POWERS_READ},
};

unsigned roles_user(void)
{
	return powers_user(ROLES_ACCOUNT, POWERS_UID_AGENT);
}

static size_t list_paths(enum role role, int spool, struct powers_path *paths)
{
	size_t count = 0;
	for (size_t i = 0; roles[role].resolves && i < array_len(resolver_files); i++) {
		struct err none = {0};
		int fd = folder_open_path(resolver_files[i], &none);
		if (fd >= 0)
			paths[count++] = (struct powers_path){.fd = fd, .rights = POWERS_READ};
	}
	for (size_t i = 0; roles[role].watches && i < array_len(watched); i++)
		paths[count++] = watched[i];
	if (roles[role].keeps)
		paths[count++] = (struct powers_path){
			.fd = spool, .rights = POWERS_READ | POWERS_WRITE | POWERS_MAKE};
	return count;
}

static bool put_walls(enum role role, int spool, struct err *err)
{
	struct powers_path paths[PATHS_MAX] = {{0}};
	unsigned abi = 0;
	size_t count = list_paths(role, spool, paths);
	bool done = powers_wall_paths(paths, count, roles[role].network, &abi, err);
	for (size_t i = 0; i < count; i++)
		if (!paths[i].path && paths[i].fd != spool)
			folder_close(&paths[i].fd);
#ifndef MUSTER_SANITIZED /* sanitizers make system calls of their own, also at the end */
	done = done && powers_wall_calls(roles[role].calls, err);
#endif
	return done;
}

bool roles_enter(enum role role, int spool, struct err *err)
{
	must(role != ROLE_MONITOR && (spool >= 0) == roles[role].keeps);
	if (!powers_become(ROLES_ACCOUNT, POWERS_UID_AGENT, roles[role].capabilities, err) ||
	    !powers_lock(err) || !child_stay_bound(err))
		return false;
	return !roles[role].has_walls || put_walls(role, spool, err);
}

enum channel_answer roles_receive(struct channel *channel, enum role from, enum role to,
				  struct channel_message *message, struct err *err)
{
	enum channel_answer answer = channel_receive(channel, message, err);
	if (answer != CHANNEL_GOT)
		return answer;
	uint32_t type = message->type;
	if (type < array_len(talks) && talks[type].max >= message->body.len &&
	    talks[type].min <= message->body.len && talks[type].from == from &&
	    talks[type].to == to && type >= TALK_DOCUMENTS &&
	    (message->fd >= 0) == (type == TALK_INPUT || type == TALK_OUTPUT ||
				   type == TALK_HELPER || type == TALK_TIES || type == TALK_RUNNER))
		return CHANNEL_GOT;
	folder_close(&message->fd);
	err_set(err, ERR_INPUT, "another process of ours says %u, which it may not", type);
	return CHANNEL_BROKEN;
}

struct talk_run roles_run(const struct channel_message *message)
{
	struct talk_run run;
	must(message->body.len == sizeof(run));
	memcpy(&run, message->body.at, sizeof(run));
	run.reason[sizeof(run.reason) - 1] = '\0';
	return run;
}

bool roles_send_run(struct channel *channel, enum talk talk, const struct talk_run *run, int fd,
		    struct err *err)
{
	return channel_send(channel, talk,
			    (struct text){(const char *)(const void *)run, sizeof(*run)}, fd, err);
}
