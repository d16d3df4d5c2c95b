#include "assess/host/network/socket.h"

#include <arpa/inet.h>
#include <string.h>

#define COLUMNS 10 /* that are looked at */

const struct socket_table socket_tcp[] = {
	{"/proc/net/tcp", "tcp", false, "connections"},
	{"/proc/net/tcp6", "tcp", true, "connections"},
	{NULL, NULL, false, NULL},
};

const struct socket_table socket_udp[] = {
	{"/proc/net/udp", "udp", false, "connections"},
	{"/proc/net/udp6", "udp", true, "connections"},
	{NULL, NULL, false, NULL},
};

const struct socket_table socket_listening[] = {
	{"/proc/net/tcp", "tcp", false, "listening"},
	{"/proc/net/tcp6", "tcp", true, "listening"},
	{"/proc/net/udp", "udp", false, "listening"},
	{"/proc/net/udp6", "udp", true, "listening"},
	{NULL, NULL, false, NULL},
};

const struct socket_table socket_raw[] = {
	{"/proc/net/raw", "raw", false, NULL},
	{"/proc/net/raw6", "raw", true, NULL},
	{"/proc/net/icmp", "icmp", false, NULL},
	{"/proc/net/icmp6", "icmp", true, NULL},
	{NULL, NULL, false, NULL},
};

const char *socket_state(unsigned state)
{
	static const char *const names[] = {
		[1] = "established", [2] = "syn_sent",   [3] = "syn_recv", [4] = "fin_wait1",
		[5] = "fin_wait2",   [6] = "time_wait",  [7] = "closed",   [8] = "close_wait",
		[9] = "last_ack",    [10] = "listening", [11] = "closing", [12] = "syn_recv",
	};
	return state < array_len(names) ? names[state] : NULL;
}

static bool from_hex(struct text text, uint32_t *number)
{
	unsigned char bytes[4];
	if (text.len > 2 * sizeof(bytes) || text.len % 2 || text.len == 0 ||
	    !text_to_bytes(text, bytes, text.len / 2))
		return false;
	*number = 0;
	for (size_t i = 0; i < text.len / 2; i++)
		*number = *number << 8 | bytes[i];
	return true;
}

/* "0100007F:0016": words of 32 bits, each printed as a number of this machine's byte order. */
static bool read_end(struct text text, struct socket_end *end)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct text hex;
	uint32_t word, port;
	if (!text_next(&text, ':', &hex) || !from_hex(text, &port) || port > UINT16_MAX ||
	    (hex.len != 8 && hex.len != 32))
		return false;
	*end = (struct socket_end){.six = hex.len == 32, .port = (uint16_t)port};
	for (size_t i = 0; i < hex.len / 8; i++) {
		if (!from_hex((struct text){hex.at + 8 * i, 8}, &word))
			return false;
		memcpy(end->bytes + 4 * i, &word, sizeof(word));
	}
	if (end->six && memcmp(end->bytes, mapped, sizeof(mapped)) == 0) {
		memmove(end->bytes, end->bytes + sizeof(mapped), 4);
		end->six = false;
	}
	return true;
}

/* "00000000:00000080" */
static bool read_queues(struct text text, struct socket *socket)
{
	struct text sent;
	return text_next(&text, ':', &sent) && from_hex(sent, &socket->sent) &&
	       from_hex(text, &socket->received);
}

/* "0: LOCAL REMOTE STATE SENT:RECEIVED TIMER:WHEN RETRANSMITS UID TIMEOUT INODE …" */
bool socket_parse(struct text line, struct socket *socket)
{
	struct text words[COLUMNS], rest = line;
	uint32_t state;
	uint64_t uid;
	for (size_t i = 0; i < array_len(words); i++)
		if (!text_word(&rest, &words[i]))
			return false;
	if (!read_end(words[1], &socket->local) || !read_end(words[2], &socket->remote) ||
	    !from_hex(words[3], &state) || !read_queues(words[4], socket) ||
	    !text_to_u64(words[7], 0, UINT32_MAX, &uid) ||
	    !text_to_u64(words[9], 0, INT64_MAX, &socket->inode))
		return false;
	socket->state = state;
	socket->uid = (uint32_t)uid;
	return true;
}

static enum gather_answer read_table(struct gather *gather, const struct socket_table *table,
				     struct text *content, struct text *why)
{
	if (!table->depends)
		return gather_read(gather, text_of(table->path), content, why);
	gather_depends_instead(gather, table->depends);
	enum gather_answer answer = gather_read(gather, text_of(table->path), content, why);
	gather_depends_instead(gather, NULL);
	return answer;
}

/* *more: `each` wants further lines. */
static enum gather_answer each_line(struct gather *gather, const struct socket_table *table,
				    socket_fn each, void *data, bool *more, struct text *why)
{
	struct text content, line;
	enum gather_answer answer = read_table(gather, table, &content, why);
	if (answer == GATHER_MISSING && table->six)
		return GATHER_OK;
	if (answer != GATHER_OK)
		return GATHER_FAILED;
	for (uint64_t number = 1; *more && text_next(&content, '\n', &line); number++) {
		struct socket socket = {.table = table, .line = number};
		if (number == 1 || text_trim(line).len == 0) /* the names of the columns */
			continue;
		if (!socket_parse(line, &socket)) {
			*why = text_of(arena_print(gather_arena(gather),
						   "%s:%u: not what it should be", table->path,
						   (unsigned)number));
			return GATHER_FAILED;
		}
		*more = each(data, &socket);
	}
	return GATHER_OK;
}

static enum gather_answer each_table(struct gather *gather, const struct socket_table *tables,
				     socket_fn each, void *data, bool *more, struct text *why)
{
	enum gather_answer answer = GATHER_OK;
	for (; tables->path && *more && answer == GATHER_OK; tables++)
		answer = each_line(gather, tables, each, data, more, why);
	return answer;
}

enum gather_answer socket_each(struct gather *gather, const struct socket_table *tables,
			       socket_fn each, void *data, struct text *why)
{
	bool more = true;
	return each_table(gather, tables, each, data, &more, why);
}

enum gather_answer socket_each_stream(struct gather *gather, socket_fn each, void *data,
				      struct text *why)
{
	bool more = true;
	enum gather_answer answer = each_table(gather, socket_tcp, each, data, &more, why);
	return answer == GATHER_OK ? each_table(gather, socket_udp, each, data, &more, why)
				   : answer;
}

bool socket_is_udp(const struct socket *socket)
{
	return text_is(text_of(socket->table->proto), "udp");
}

bool socket_listens(const struct socket *socket)
{
	return socket->state == (socket_is_udp(socket) ? SOCKET_CLOSED : SOCKET_LISTENS) &&
	       socket->remote.port == 0;
}

bool socket_is_any(const struct socket_end *end)
{
	static const unsigned char zeros[SOCKET_ADDRESS_BYTES] = {0};
	return memcmp(end->bytes, zeros, end->six ? 16 : 4) == 0;
}

struct text socket_address(const struct socket_end *end, struct arena *arena)
{
	char shown[INET6_ADDRSTRLEN] = "";
	must(inet_ntop(end->six ? AF_INET6 : AF_INET, end->bytes, shown, sizeof(shown)) != NULL);
	return text_of(arena_cstr(arena, shown));
}
