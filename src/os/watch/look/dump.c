#include "os/watch/look/dump.h"

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "os/watch/look/look.h"

#define DATAGRAM_SIZE (32u * 1024) /* what the kernel sends at most where we take as much */
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define TCP_LISTENING (1u << 10)
#define UDP_UNCONNECTED (1u << 7)
#define ALL_STATES UINT32_MAX
#define SKIP_STATS (1u << 3) /* RTEXT_FILTER_SKIP_STATS */

struct dump {
	int diag, route; /* -1: could not be made */
	uint32_t sequence;
};

/* struct inet_diag_req_v2, whose header has a name that is ours. */
struct sockets_asked {
	uint8_t family, protocol, extensions, pad;
	uint32_t states;
	unsigned char one[48];
};

struct sockets_request {
	struct nlmsghdr head;
	struct sockets_asked body;
};

struct links_request {
	struct nlmsghdr head;
	struct ifinfomsg body;
	struct rtattr attribute;
	uint32_t filter;
};

struct addresses_request {
	struct nlmsghdr head;
	struct ifaddrmsg body;
};

/* struct inet_diag_msg */
struct socket_told {
	uint8_t family, state, timer, retrans;
	unsigned char ends[36]; /* ports and addresses of both */
	uint32_t interface, cookie[2];
	uint32_t expires, received, written, uid, inode;
};

static const struct {
	uint8_t protocol;
	uint32_t listening; /* states */
	const char *paths[2], *state;
} streams[] = {
	{PROTOCOL_TCP, TCP_LISTENING, {"/proc/net/tcp", "/proc/net/tcp6"}, "0A"},
	{PROTOCOL_UDP, UDP_UNCONNECTED, {"/proc/net/udp", "/proc/net/udp6"}, "07"},
};

static int open_one(int protocol)
{
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&kernel, sizeof(kernel)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

struct dump *dump_new(void)
{
	struct dump *dump = mem_new(1, sizeof(*dump));
	dump->diag = open_one(NETLINK_SOCK_DIAG);
	dump->route = open_one(NETLINK_ROUTE);
	return dump;
}

void dump_free(struct dump **dump)
{
	if (!*dump)
		return;
	if ((*dump)->diag >= 0)
		close((*dump)->diag);
	if ((*dump)->route >= 0)
		close((*dump)->route);
	mem_free(dump);
}

/* -------- the answer -------- */

/* What says something lasting of an interface or an address; `inside`: of which attribute. */
static const struct {
	uint16_t message, inside, type;
} lasting[] = {
	{RTM_NEWLINK, 0, IFLA_IFNAME},      {RTM_NEWLINK, 0, IFLA_ADDRESS},
	{RTM_NEWLINK, 0, IFLA_MTU},         {RTM_NEWLINK, 0, IFLA_OPERSTATE},
	{RTM_NEWLINK, 0, IFLA_PROMISCUITY}, {RTM_NEWLINK, IFLA_LINKINFO, IFLA_INFO_KIND},
	{RTM_NEWADDR, 0, IFA_ADDRESS},      {RTM_NEWADDR, 0, IFA_LOCAL},
};

static bool lasts(uint16_t message, uint16_t inside, uint16_t type)
{
	for (size_t i = 0; i < array_len(lasting); i++)
		if (lasting[i].message == message && lasting[i].inside == inside &&
		    lasting[i].type == type)
			return true;
	return false;
}

static void fold_attributes(uint16_t message, uint16_t inside, struct text bytes, uint64_t *one)
{
	struct rtattr head;
	while (bytes.len >= sizeof(head)) {
		memcpy(&head, bytes.at, sizeof(head));
		if (head.rta_len < sizeof(head) || head.rta_len > bytes.len)
			return;
		uint16_t type = head.rta_type & (uint16_t)NLA_TYPE_MASK;
		struct text value = {bytes.at + sizeof(head), head.rta_len - sizeof(head)};
		if (lasts(message, inside, type)) {
			*one = look_number(*one, type);
			*one = look_bytes(*one, value);
		}
		if (message == RTM_NEWLINK && inside == 0 && type == IFLA_LINKINFO)
			fold_attributes(message, type, value, one);
		size_t step = NLMSG_ALIGN((size_t)head.rta_len);
		step = step < bytes.len ? step : bytes.len;
		bytes = (struct text){bytes.at + step, bytes.len - step};
	}
}

static void fold_socket(struct text body, uint64_t *one)
{
	struct socket_told told;
	if (body.len < sizeof(told))
		return;
	memcpy(&told, body.at, sizeof(told));
	*one = look_number(*one, (uint64_t)told.family << 8 | told.state);
	*one = look_bytes(*one, (struct text){(const char *)told.ends, sizeof(told.ends)});
	*one = look_number(*one, (uint64_t)told.uid << 32 | told.inode);
	*one = look_number(*one, told.interface);
}

static void fold_link(struct text body, uint64_t *one)
{
	struct ifinfomsg info;
	if (body.len < sizeof(info))
		return;
	memcpy(&info, body.at, sizeof(info));
	*one = look_number(*one, (uint64_t)info.ifi_type << 32 | (uint32_t)info.ifi_index);
	*one = look_number(*one, info.ifi_flags);
	fold_attributes(RTM_NEWLINK, 0,
			(struct text){body.at + sizeof(info), body.len - sizeof(info)}, one);
}

static void fold_address(struct text body, uint64_t *one)
{
	struct ifaddrmsg address;
	if (body.len < sizeof(address))
		return;
	memcpy(&address, body.at, sizeof(address));
	*one = look_number(*one, (uint64_t)address.ifa_index << 32 |
					 (uint64_t)address.ifa_family << 8 | address.ifa_prefixlen);
	fold_attributes(RTM_NEWADDR, 0,
			(struct text){body.at + sizeof(address), body.len - sizeof(address)}, one);
}

static const struct {
	uint16_t type;
	void (*fold)(struct text body, uint64_t *one);
} messages[] = {
	{SOCK_DIAG_BY_FAMILY, fold_socket}, {RTM_NEWLINK, fold_link}, {RTM_NEWADDR, fold_address}};

/* Whether the end is a good one: it says with what number the list ended. */
static enum dump_progress read_end(struct text body)
{
	int number = 0;
	if (body.len >= sizeof(number))
		memcpy(&number, body.at, sizeof(number));
	return number == 0 ? DUMP_DONE : DUMP_FAILED;
}

static enum dump_progress fold_message(const struct nlmsghdr *head, struct text body,
				       uint64_t *print)
{
	uint64_t one = LOOK_NOTHING;
	if (head->nlmsg_type == NLMSG_DONE)
		return read_end(body);
	if (head->nlmsg_type == NLMSG_ERROR)
		return DUMP_FAILED;
	for (size_t i = 0; i < array_len(messages); i++)
		if (messages[i].type == head->nlmsg_type)
			messages[i].fold(body, &one);
	*print += one; /* in no order */
	return DUMP_MORE;
}

enum dump_progress dump_fold(struct text bytes, uint32_t sequence, uint64_t *print)
{
	enum dump_progress progress = DUMP_MORE;
	while (bytes.len >= sizeof(struct nlmsghdr) && progress == DUMP_MORE) {
		struct nlmsghdr head;
		memcpy(&head, bytes.at, sizeof(head));
		if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > bytes.len)
			return DUMP_FAILED;
		if (head.nlmsg_seq == sequence)
			progress = fold_message(&head,
						(struct text){bytes.at + sizeof(head),
							      head.nlmsg_len - sizeof(head)},
						print);
		size_t step = NLMSG_ALIGN((size_t)head.nlmsg_len);
		step = step < bytes.len ? step : bytes.len;
		bytes = (struct text){bytes.at + step, bytes.len - step};
	}
	return progress;
}

/* The kernel makes the next part of a list as the one before is taken: nothing is waited for. */
static bool ask(int fd, const void *request, uint32_t len, uint32_t sequence, uint64_t *print)
{
	enum dump_progress progress = DUMP_MORE;
	if (fd < 0 || send(fd, request, len, MSG_DONTWAIT) < 0)
		return false;
	scoped(mem_free) char *room = mem_new(1, DATAGRAM_SIZE);
	while (progress == DUMP_MORE) {
		ssize_t got = recv(fd, room, DATAGRAM_SIZE, MSG_DONTWAIT | MSG_TRUNC);
		if (got < 0 || (size_t)got > DATAGRAM_SIZE)
			return false;
		progress = dump_fold((struct text){room, (size_t)got}, sequence, print);
	}
	return progress == DUMP_DONE;
}

/* -------- the requests -------- */

static struct nlmsghdr head_of(struct dump *dump, uint16_t type, size_t len)
{
	return (struct nlmsghdr){.nlmsg_len = (uint32_t)len,
				 .nlmsg_type = type,
				 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
				 .nlmsg_seq = ++dump->sequence};
}

static bool ask_sockets(struct dump *dump, bool listening, uint64_t *print)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	for (size_t i = 0; i < array_len(streams) * array_len(families); i++) {
		const struct sockets_request request = {
			.head = head_of(dump, SOCK_DIAG_BY_FAMILY, sizeof(request)),
			.body = {.family = families[i % 2],
				 .protocol = streams[i / 2].protocol,
				 .states = listening ? streams[i / 2].listening : ALL_STATES}};
		uint64_t one = streams[i / 2].protocol;
		if (!ask(dump->diag, &request, sizeof(request), dump->sequence, &one))
			return false;
		*print = look_number(*print, one);
	}
	return true;
}

static bool ask_links(struct dump *dump, uint64_t *print)
{
	const struct links_request request = {
		.head = head_of(dump, RTM_GETLINK, sizeof(request)),
		.attribute = {.rta_len = sizeof(request.attribute) + sizeof(request.filter),
			      .rta_type = IFLA_EXT_MASK},
		.filter = SKIP_STATS};
	return ask(dump->route, &request, sizeof(request), dump->sequence, print);
}

static bool ask_addresses(struct dump *dump, uint64_t *print)
{
	const struct addresses_request request = {
		.head = head_of(dump, RTM_GETADDR, sizeof(request))};
	return ask(dump->route, &request, sizeof(request), dump->sequence, print);
}

/* -------- without netlink -------- */

/* "0: 0100007F:0016 00000000:0000 0A 0:0 00:0 0 UID TIMEOUT INODE …" */
static void fold_line(struct text line, const char *state, uint64_t *print)
{
	enum { LOCAL = 1, REMOTE = 2, STATE = 3, UID = 7, INODE = 9, WORDS };
	struct text words[WORDS];
	uint64_t one = LOOK_NOTHING;
	for (size_t i = 0; i < WORDS; i++)
		if (!text_word(&line, &words[i]))
			return;
	if (state && !text_is(words[STATE], state))
		return;
	const int kept[] = {LOCAL, REMOTE, STATE, UID, INODE};
	for (size_t i = 0; i < array_len(kept); i++)
		one = look_number(look_bytes(one, words[kept[i]]), ' ');
	*print += one;
}

void dump_fold_table(struct text table, const char *state, uint64_t *print)
{
	struct text line;
	while (text_next(&table, '\n', &line))
		fold_line(line, state, print);
}

static bool read_tables(const struct file_root *root, bool listening, uint64_t *print)
{
	for (size_t i = 0; i < array_len(streams) * 2; i++) {
		struct err err = {0};
		scoped(buf_end) struct buf table = {0};
		uint64_t one = streams[i / 2].protocol;
		enum file_answer answer = file_read(root, streams[i / 2].paths[i % 2],
						    DUMP_TABLE_MAX, &table, &err);
		if (answer == FILE_FAILED)
			return false;
		dump_fold_table(buf_view(&table), listening ? streams[i / 2].state : NULL, &one);
		*print = look_number(*print, one);
	}
	return true;
}

bool dump_look(struct dump *dump, const struct file_root *root, enum dump_list list,
	       uint64_t *print)
{
	*print = LOOK_NOTHING;
	switch (list) {
	case DUMP_LISTENING:
	case DUMP_CONNECTIONS:
		if (ask_sockets(dump, list == DUMP_LISTENING, print))
			return true;
		*print = LOOK_NOTHING;
		return read_tables(root, list == DUMP_LISTENING, print);
	case DUMP_INTERFACES:
		return ask_links(dump, print);
	case DUMP_ADDRESSES:
		return ask_addresses(dump, print);
	}
	never("no list");
}
