#include "assess/host/network/family.h"

#define COLUMNS_MAX 10
#define HEX_MAX 8 /* digits */

static bool read_hex(struct text text, uint32_t *number)
{
	unsigned char bytes[HEX_MAX / 2];
	char digits[HEX_MAX];
	if (text.len == 0 || text.len > HEX_MAX)
		return false;
	for (size_t i = 0; i < HEX_MAX; i++)
		digits[i] = i < HEX_MAX - text.len ? '0' : text.at[i + text.len - HEX_MAX];
	if (!text_to_bytes((struct text){digits, HEX_MAX}, bytes, sizeof(bytes)))
		return false;
	*number = 0;
	for (size_t i = 0; i < sizeof(bytes); i++)
		*number = *number << 8 | bytes[i];
	return true;
}

static bool read_u32(struct text text, uint32_t *number)
{
	uint64_t wide;
	if (!text_to_u64(text, 0, UINT32_MAX, &wide))
		return false;
	*number = (uint32_t)wide;
	return true;
}

static bool read_inode(struct text text, uint64_t *inode)
{
	return text_to_u64(text, 0, INT64_MAX, inode);
}

static const char *type_name(uint32_t type)
{
	static const char *const names[] = {
		[1] = "stream", [2] = "dgram", [3] = "raw", [5] = "seqpacket", [10] = "packet"};
	return type < array_len(names) ? names[type] : NULL;
}

#define LISTENS 0x10000 /* __SO_ACCEPTCON */

/* "ADDRESS: REFS PROTOCOL FLAGS TYPE STATE INODE[ PATH]" */
static bool read_unix(const struct text *words, struct text rest, struct family_socket *socket)
{
	static const char *const states[] = {
		[1] = "unconnected", [2] = "connecting", [3] = "connected", [4] = "disconnecting"};
	uint32_t flags, type, state;
	if (!text_ends(words[0], ":") || !read_hex(words[3], &flags) ||
	    !read_hex(words[4], &type) || !read_hex(words[5], &state) ||
	    !read_inode(words[6], &socket->inode))
		return false;
	socket->type = type_name(type);
	socket->state = state < array_len(states) ? states[state] : NULL;
	if (flags & LISTENS)
		socket->state = "listening";
	if (text_starts(rest, " "))
		socket->path = (struct text){rest.at + 1, rest.len - 1};
	return true;
}

/* "ADDRESS REFS TYPE PROTOCOL INTERFACE RUNNING MEMORY UID INODE" */
static bool read_packet(const struct text *words, struct text rest unused,
			struct family_socket *socket)
{
	uint32_t type;
	if (!read_u32(words[2], &type) || !read_hex(words[3], &socket->protocol) ||
	    !read_u32(words[4], &socket->interface) || !read_u32(words[7], &socket->uid) ||
	    !read_inode(words[8], &socket->inode))
		return false;
	socket->type = type_name(type);
	socket->has_uid = true;
	return true;
}

/* "ADDRESS PROTOCOL PORT GROUPS RMEM WMEM DUMP LOCKS DROPS INODE" */
static bool read_netlink(const struct text *words, struct text rest unused,
			 struct family_socket *socket)
{
	socket->type = "raw";
	return read_u32(words[1], &socket->protocol) && read_inode(words[9], &socket->inode);
}

static const struct {
	const char *name, *path;
	size_t columns; /* before the path */
	bool (*read)(const struct text *words, struct text rest, struct family_socket *socket);
} families[] = {
	[FAMILY_UNIX] = {"unix", "/proc/net/unix", 7, read_unix},
	[FAMILY_PACKET] = {"packet", "/proc/net/packet", 9, read_packet},
	[FAMILY_NETLINK] = {"netlink", "/proc/net/netlink", 10, read_netlink},
};

const char *family_path(enum family family)
{
	return families[family].path;
}

const char *family_name(enum family family)
{
	return families[family].name;
}

const char *family_netlink(uint32_t protocol)
{
	static const char *const names[] = {
		[0] = "route",      [2] = "usersock",   [4] = "sock_diag",
		[5] = "nflog",      [6] = "xfrm",       [7] = "selinux",
		[8] = "iscsi",      [9] = "audit",      [10] = "fib_lookup",
		[11] = "connector", [12] = "netfilter", [15] = "kobject_uevent",
		[16] = "generic",   [18] = "scsi",      [19] = "ecryptfs",
		[20] = "rdma",      [21] = "crypto",    [22] = "smc",
	};
	return protocol < array_len(names) ? names[protocol] : NULL;
}

static bool read_line(enum family family, struct text line, struct family_socket *socket)
{
	struct text words[COLUMNS_MAX], rest = line;
	for (size_t i = 0; i < families[family].columns; i++)
		if (!text_word(&rest, &words[i]))
			return false;
	return families[family].read(words, rest, socket);
}

/* A line end within a path. */
static bool extend(struct family_socket *last, struct text line)
{
	if (last->path.len == 0)
		return false;
	last->path.len = (size_t)(line.at + line.len - last->path.at);
	return true;
}

enum gather_answer family_each(struct gather *gather, enum family family, family_fn each,
			       void *data, struct text *why)
{
	struct family_socket last = {0}; /* line 0: none yet */
	struct text content, line;
	enum gather_answer answer = gather_read(gather, text_of(families[family].path), &content,
						why);
	if (answer != GATHER_OK)
		return answer;
	for (uint64_t number = 1; text_next(&content, '\n', &line); number++) {
		struct family_socket next = {.family = family, .line = number};
		if (number == 1 || (last.path.len == 0 && text_trim(line).len == 0))
			continue;
		if (read_line(family, line, &next)) {
			if (last.line > 0 && !each(data, &last))
				return GATHER_OK;
			last = next;
		} else if (!extend(&last, line)) {
			*why = text_of(arena_print(gather_arena(gather),
						   "%s:%u: not what it should be",
						   families[family].path, (unsigned)number));
			return GATHER_FAILED;
		}
	}
	if (last.line > 0)
		(void)each(data, &last);
	return GATHER_OK;
}
