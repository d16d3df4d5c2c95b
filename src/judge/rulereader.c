/* rulereader: asks the kernel for what only an administrator is told, the rules of audit and the
 * ruleset of nftables, and passes the bytes on unread.
 *
 * It makes its sockets first; then it can neither make one nor open a file. What its
 * capabilities would let it change by those sockets, no question of its few does. */
#include "assess/engine/ask.h"
#include "judge/helper.h"
#include "os/child.h"
#include "os/kernel/netlink.h"
#include "os/powers.h"

#define ACCOUNT "_muster"
#define WAIT_MS 20000

static struct state {
	struct netlink netlink;
	bool root;
} state; /* one a process: set in enter, before the first question */

static bool enter(struct err *err)
{
	static const char *const keep[] = {"net_admin", "audit_control", NULL};
	unsigned abi = 0;
	state.root = powers_is_root();
	netlink_open(&state.netlink);
	if (!powers_become(ACCOUNT, POWERS_UID_AGENT, keep, err) || !child_stay_bound(err) ||
	    !powers_lock(err) || !powers_wall_paths(NULL, 0, false, &abi, err))
		return false;
#ifndef MUSTER_SANITIZED /* sanitizers make system calls of their own, also at the end */
	if (!powers_wall_calls(POWERS_CALLS_GATE, err))
		return false;
#endif
	return true;
}

static const struct {
	const char *question;
	enum netlink_request request;
} questions[] = {
	{"audit-rules", NETLINK_AUDIT_RULES},       {"audit-status", NETLINK_AUDIT_STATUS},
	{"audit-features", NETLINK_AUDIT_FEATURES}, {"nftables tables", NETLINK_NFT_TABLES},
	{"nftables chains", NETLINK_NFT_CHAINS},    {"nftables rules", NETLINK_NFT_RULES},
	{"listeners 4", NETLINK_LISTENERS4},        {"listeners 6", NETLINK_LISTENERS6},
};

struct asked {
	enum netlink_request request;
	struct netlink_set set;
	char table[NETLINK_NAME_MAX], name[NETLINK_NAME_MAX];
};

/* Names are in hex: they may hold anything. */
static bool read_name(struct text *rest, char *bytes, struct text *name)
{
	struct text hex;
	if (!text_next(rest, ' ', &hex) || hex.len < 2 || hex.len % 2 ||
	    hex.len / 2 > NETLINK_NAME_MAX ||
	    !text_to_bytes(hex, (unsigned char *)bytes, hex.len / 2))
		return false;
	*name = (struct text){bytes, hex.len / 2};
	for (size_t i = 0; i < name->len; i++)
		if (bytes[i] == '\0')
			return false;
	return true;
}

/* "nftables elements 2 66696c746572 5f5f73657430" */
static bool read_set(struct text question, struct asked *asked)
{
	static const char start[] = "nftables elements ";
	struct text rest, word;
	uint64_t family;
	if (!text_starts(question, start))
		return false;
	rest = (struct text){question.at + sizeof(start) - 1, question.len - sizeof(start) + 1};
	if (!text_next(&rest, ' ', &word) || !text_to_u64(word, 0, UINT8_MAX, &family) ||
	    !read_name(&rest, asked->table, &asked->set.table) ||
	    !read_name(&rest, asked->name, &asked->set.name) || rest.len > 0)
		return false;
	asked->request = NETLINK_NFT_ELEMENTS;
	asked->set.family = (uint8_t)family;
	return true;
}

static bool read_question(struct text question, struct asked *asked)
{
	for (size_t i = 0; i < array_len(questions); i++)
		if (text_is(question, questions[i].question)) {
			asked->request = questions[i].request;
			return true;
		}
	return read_set(question, asked);
}

static bool takes(struct text question)
{
	struct asked asked;
	return read_question(question, &asked);
}

static enum gather_answer serve(struct text question, struct buf *text)
{
	struct asked asked;
	struct err err = {0};
	must(read_question(question, &asked));
	bool set = asked.request == NETLINK_NFT_ELEMENTS;
	enum netlink_answer answer = netlink_list(
		&state.netlink, asked.request, set ? &asked.set : NULL, ASK_ANSWER_MAX, text, &err);
	if (answer == NETLINK_OK)
		return GATHER_OK;
	buf_clear(text);
	buf_cstr(text, err.text);
	if (!state.root)
		buf_cstr(text, "; only root is told: run muster as root");
	return answer == NETLINK_REFUSED ? GATHER_MISSING : GATHER_FAILED;
}

const struct helper helper_rulereader = {
	.name = "rulereader",
	.words = "audit-rules audit-status audit-features nftables listeners",
	.wait_ms = WAIT_MS,
	.enter = enter,
	.takes = takes,
	.serve = serve,
};
