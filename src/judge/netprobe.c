/* netprobe: connects out, for facts about other hosts (src/vantage/), as a user who has nothing, in
 * a process a question. Of the host's files it reads what the resolver needs. */
#include "judge/helper.h"
#include "os/child.h"
#include "os/folder.h"
#include "os/powers.h"
#include "vantage/vantage.h"

#define ACCOUNT "_muster"
#define AT_ONCE 32
#define SLACK_MS 1500 /* for its own limit to come first */

/* What the resolver reads, and the certificates that the system trusts; each only where it is. */
static const char *const files[] = {
	"/etc/hosts",
	"/etc/resolv.conf",
	"/etc/nsswitch.conf",
	"/etc/host.conf",
	"/etc/gai.conf",
	"/etc/services",
	"/etc/ssl/certs",
	"/etc/pki/tls/certs",
	"/etc/pki/ca-trust",
	"/usr/share/ca-certificates",
	"/usr/local/share/ca-certificates",
};

static bool put_walls(struct err *err)
{
	struct powers_path paths[array_len(files)];
	size_t count = 0;
	unsigned abi = 0;
	for (size_t i = 0; i < array_len(files); i++) {
		struct err none = {0};
		int fd = folder_open_path(files[i], &none);
		if (fd >= 0)
			paths[count++] = (struct powers_path){.fd = fd, .rights = POWERS_READ};
	}
	bool done = powers_wall_paths(paths, count, true, &abi, err);
	for (size_t i = 0; i < count; i++)
		folder_close(&paths[i].fd);
#ifndef MUSTER_SANITIZED /* sanitizers make system calls of their own, also at the end */
	done = done && powers_wall_calls(POWERS_CALLS_NETPROBE, err);
#endif
	return done;
}

static bool enter(struct err *err)
{
	child_outlive_pipes();
	vantage_prepare();
	return powers_become(ACCOUNT, POWERS_UID_AGENT, NULL, err) && child_stay_bound(err) &&
	       powers_lock(err) && put_walls(err);
}

static enum gather_answer serve(struct text question, struct buf *text)
{
	struct err err = {0};
	const char *why;
	if (!vantage_can(question, &why)) {
		buf_cstr(text, why);
		return GATHER_MISSING;
	}
	if (vantage_answer(question, text, &err))
		return GATHER_OK;
	buf_clear(text);
	buf_cstr(text, err.text);
	return GATHER_FAILED;
}

const struct helper helper_netprobe = {
	.name = "netprobe",
	.words = "reach tls time clock",
	.at_once = AT_ONCE,
	.wait_ms = VANTAGE_TIMEOUT_MAX_MS + SLACK_MS,
	.enter = enter,
	.serve = serve,
};
