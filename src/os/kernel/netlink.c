#include "os/kernel/netlink.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTENS 10 /* a state of TCP */
#define PROTOCOL_TCP 6
#define MESSAGES_SIZE (64u * 1024) /* of one datagram; the kernel's are 32 KiB at most */

enum subject { SUBJECT_AUDIT, SUBJECT_FILTER, SUBJECT_SOCKETS };

static const struct {
	enum subject subject;
	bool dump; /* several messages, and one that ends them */
	uint16_t type, flags;
} requests[] = {
	[NETLINK_AUDIT_RULES] = {SUBJECT_AUDIT, true, AUDIT_LIST_RULES, 0},
	[NETLINK_AUDIT_STATUS] = {SUBJECT_AUDIT, false, AUDIT_GET, 0},
	[NETLINK_AUDIT_FEATURES] = {SUBJECT_AUDIT, false, AUDIT_GET_FEATURE, 0},
	[NETLINK_NFT_TABLES] = {SUBJECT_FILTER, true, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE,
				NLM_F_DUMP},
	[NETLINK_NFT_CHAINS] = {SUBJECT_FILTER, true, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN,
				NLM_F_DUMP},
	[NETLINK_NFT_RULES] = {SUBJECT_FILTER, true, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE,
			       NLM_F_DUMP},
	[NETLINK_NFT_ELEMENTS] = {SUBJECT_FILTER, true,
				  NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETSETELEM, NLM_F_DUMP},
	[NETLINK_LISTENERS4] = {SUBJECT_SOCKETS, true, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP},
	[NETLINK_LISTENERS6] = {SUBJECT_SOCKETS, true, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP},
};

static int open_one(int protocol, struct err *why)
{
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&kernel, sizeof(kernel)) == 0)
		return fd;
	err_errno(why, "the kernel can't be asked");
	if (fd >= 0)
		close(fd);
	return -1;
}

void netlink_open(struct netlink *netlink)
{
	*netlink = (struct netlink){.audit = -1};
	netlink->audit = open_one(NETLINK_AUDIT, &netlink->audit_why);
	netlink->netfilter = open_one(NETLINK_NETFILTER, &netlink->netfilter_why);
	netlink->sockets = open_one(NETLINK_SOCK_DIAG, &netlink->sockets_why);
}

void netlink_close(struct netlink *netlink)
{
	if (netlink->audit >= 0)
		close(netlink->audit);
	if (netlink->netfilter >= 0)
		close(netlink->netfilter);
	if (netlink->sockets >= 0)
		close(netlink->sockets);
	netlink->audit = netlink->netfilter = netlink->sockets = -1;
}

/* -------- the request -------- */

/* struct inet_diag_req_v2, whose header has a name that is ours: of all sockets in these states. */
struct sockets_asked {
	uint8_t family, protocol, extensions, unused_;
	uint32_t states;
	unsigned char one[48];
};

static void put_padded(struct buf *out, const void *bytes, size_t len)
{
	static const char zeros[NLMSG_ALIGNTO] = {0};
	buf_add(out, bytes, len);
	buf_add(out, zeros, (NLMSG_ALIGNTO - len % NLMSG_ALIGNTO) % NLMSG_ALIGNTO);
}

static void put_name(struct buf *out, uint16_t type, struct text name)
{
	char value[NETLINK_NAME_MAX + 1] = {0};
	must(name.len > 0 && name.len <= NETLINK_NAME_MAX);
	memcpy(value, name.at, name.len);
	const struct nlattr head = {.nla_len = (uint16_t)(sizeof(struct nlattr) + name.len + 1),
				    .nla_type = type};
	buf_add(out, &head, sizeof(head));
	put_padded(out, value, name.len + 1);
}

static void put_request(enum netlink_request request, const struct netlink_set *set,
			struct buf *out)
{
	scoped(buf_end) struct buf body = {0};
	if (requests[request].subject == SUBJECT_SOCKETS) {
		const struct sockets_asked asked = {
			.family = request == NETLINK_LISTENERS6 ? AF_INET6 : AF_INET,
			.protocol = PROTOCOL_TCP,
			.states = 1u << LISTENS};
		put_padded(&body, &asked, sizeof(asked));
	}
	if (requests[request].subject == SUBJECT_FILTER) {
		const struct nfgenmsg head = {.nfgen_family = set ? set->family : AF_UNSPEC,
					      .version = NFNETLINK_V0};
		put_padded(&body, &head, sizeof(head));
	}
	if (set) {
		put_name(&body, NFTA_SET_ELEM_LIST_TABLE, set->table);
		put_name(&body, NFTA_SET_ELEM_LIST_SET, set->name);
	}
	const struct nlmsghdr head = {
		.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + body.len),
		.nlmsg_type = requests[request].type,
		.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | requests[request].flags),
		.nlmsg_seq = 1};
	buf_add(out, &head, sizeof(head));
	buf_text(out, buf_view(&body));
}

/* -------- the answer -------- */

enum progress { PROGRESS_MORE, PROGRESS_DONE, PROGRESS_ERROR, PROGRESS_BROKEN };

static enum netlink_answer refuse(int number, struct err *err)
{
	errno = number;
	err_errno(err, "the kernel refuses to tell");
	bool refused = number == EPERM || number == EACCES || number == EOPNOTSUPP ||
		       number == EINVAL || number == ECONNREFUSED || number == EPROTONOSUPPORT ||
		       number == ENOENT;
	return refused ? NETLINK_REFUSED : NETLINK_FAILED;
}

/* Takes the messages of one datagram. *number: of PROGRESS_ERROR, what the kernel says. */
static enum progress read_messages(enum netlink_request request, const char *bytes, size_t len,
				   struct buf *out, int *number)
{
	size_t at = 0;
	while (len - at >= sizeof(struct nlmsghdr)) {
		struct nlmsghdr head;
		struct nlmsgerr error;
		memcpy(&head, bytes + at, sizeof(head));
		if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > len - at)
			return PROGRESS_BROKEN;
		if (head.nlmsg_type == NLMSG_DONE)
			return PROGRESS_DONE;
		if (head.nlmsg_type == NLMSG_ERROR) {
			if (head.nlmsg_len < sizeof(head) + sizeof(error))
				return PROGRESS_BROKEN;
			memcpy(&error, bytes + at + sizeof(head), sizeof(error));
			*number = -error.error;
			return PROGRESS_ERROR;
		}
		put_padded(out, bytes + at, head.nlmsg_len);
		if (!requests[request].dump && head.nlmsg_type == requests[request].type)
			return PROGRESS_DONE;
		size_t step = NLMSG_ALIGN((size_t)head.nlmsg_len);
		at = step < len - at ? at + step : len;
	}
	return PROGRESS_MORE;
}

/* The next datagram; -1: *err. */
static ssize_t receive(int fd, char *bytes, size_t size, struct err *err)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	int ready = poll(&wait, 1, NETLINK_WAIT_MS);
	if (ready == 0) {
		err_set(err, ERR_BUSY, "the kernel does not answer");
		return -1;
	}
	ssize_t len = ready < 0 ? -1 : recv(fd, bytes, size, MSG_TRUNC);
	if (len < 0)
		err_errno(err, "cannot hear what the kernel answers");
	else if ((size_t)len > size)
		err_set(err, ERR_LIMIT, "the kernel answers with a message of %zd bytes", len);
	return len < 0 || (size_t)len > size ? -1 : len;
}

static enum netlink_answer collect(int fd, enum netlink_request request, size_t limit,
				   struct buf *out, struct err *err)
{
	scoped(buf_end) struct buf room = {0};
	static const char zeros[1024] = {0};
	while (room.len < MESSAGES_SIZE)
		buf_add(&room, zeros, sizeof(zeros));
	for (;;) {
		int number = 0;
		ssize_t len = receive(fd, room.at, room.len, err);
		if (len < 0)
			return NETLINK_FAILED;
		switch (read_messages(request, room.at, (size_t)len, out, &number)) {
		case PROGRESS_MORE:
			break;
		case PROGRESS_DONE:
			return NETLINK_OK;
		case PROGRESS_ERROR:
			return refuse(number, err);
		case PROGRESS_BROKEN:
			err_set(err, ERR_INPUT, "the kernel's answer is cut short");
			return NETLINK_FAILED;
		}
		if (out->len > limit) {
			err_set(err, ERR_LIMIT, "the kernel lists more than %zu bytes", limit);
			return NETLINK_FAILED;
		}
	}
}

enum netlink_answer netlink_list(const struct netlink *netlink, enum netlink_request request,
				 const struct netlink_set *set, size_t limit, struct buf *out,
				 struct err *err)
{
	scoped(buf_end) struct buf message = {0};
	const int fds[] = {netlink->audit, netlink->netfilter, netlink->sockets};
	const struct err *const whys[] = {&netlink->audit_why, &netlink->netfilter_why,
					  &netlink->sockets_why};
	int fd = fds[requests[request].subject];
	must((request == NETLINK_NFT_ELEMENTS) == (set != NULL));
	if (fd < 0) {
		*err = *whys[requests[request].subject];
		return NETLINK_REFUSED;
	}
	put_request(request, set, &message);
	if (send(fd, message.at, message.len, 0) < 0)
		return refuse(errno, err);
	return collect(fd, request, limit, out, err);
}
