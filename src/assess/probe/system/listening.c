#include <arpa/inet.h>
#include <string.h>

#include "assess/host/process.h"
#include "assess/probe/account.h"
#include "assess/probe/answer.h"
#include "assess/probe/table.h"

enum field {
	FIELD_PROTO,
	FIELD_ADDRESS,
	FIELD_PORT,
	FIELD_FAMILY,
	FIELD_USER,
	FIELD_UID,
	FIELD_INODE,
	FIELD_PROCESS,
	FIELD_PID,
	FIELD_EXE,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"proto", "tcp or udp", "tcp", .type = VALUE_TEXT},
	{"address", "where it listens; 0.0.0.0 and :: are everywhere", "127.0.0.1",
	 .type = VALUE_ADDRESS},
	{"port", "its port", "22", .type = VALUE_INT},
	{"family", "ipv4 or ipv6", "ipv4", .type = VALUE_TEXT},
	{"user", "whose the socket is", "root", .type = VALUE_TEXT},
	{"uid", "the number of that user", "0", .type = VALUE_INT},
	{"inode", "the socket's number", "1076", .type = VALUE_INT},
	{"process",
	 "name of the process that holds it, the first of several; an error where that "
	 "can't be seen",
	 "sshd", .type = VALUE_TEXT, .costly = true},
	{"pid", "the number of that process", "812", .type = VALUE_INT, .costly = true},
	{"exe", "the program of that process", "/usr/sbin/sshd", .type = VALUE_TEXT,
	 .costly = true},
};

static const struct table {
	const char *path, *proto, *family, *state; /* as the kernel writes it: of a listener */
} tables[] = {
	{"/proc/net/tcp", "tcp", "ipv4", "0A"},
	{"/proc/net/tcp6", "tcp", "ipv6", "0A"},
	{"/proc/net/udp", "udp", "ipv4", "07"}, /* not connected */
	{"/proc/net/udp6", "udp", "ipv6", "07"},
};

struct socket {
	struct text address;
	uint16_t port;
	uint32_t uid;
	uint64_t inode;
};

static bool from_hex(struct text text, uint64_t *number)
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

/* "0100007F": words of 32 bits, each printed as a number of this machine's byte order. */
static bool read_address(struct gather *gather, struct text hex, struct text *address)
{
	unsigned char bytes[16];
	char shown[INET6_ADDRSTRLEN];
	size_t words = hex.len / 8;
	if (hex.len != 8 && hex.len != 32)
		return false;
	for (size_t i = 0; i < words; i++) {
		uint64_t number;
		if (!from_hex((struct text){hex.at + 8 * i, 8}, &number))
			return false;
		uint32_t word = (uint32_t)number;
		memcpy(bytes + 4 * i, &word, sizeof(word));
	}
	if (!inet_ntop(words == 1 ? AF_INET : AF_INET6, bytes, shown, sizeof(shown)))
		return false;
	*address = text_of(arena_cstr(gather_arena(gather), shown));
	return true;
}

/* "0: 0100007F:0016 00000000:0000 0A 0:0 00:0 0 UID TIMEOUT INODE …"; false: that is no such line
 */
static bool read_socket(struct gather *gather, struct text line, const char *state, bool *listens,
			struct socket *socket)
{
	struct text words[10], rest = line, local, remote, part;
	uint64_t port, far, uid;
	for (size_t i = 0; i < array_len(words); i++)
		if (!text_word(&rest, &words[i]))
			return false;
	local = words[1];
	remote = words[2];
	if (!text_next(&local, ':', &part) || !from_hex(local, &port) || port > UINT16_MAX ||
	    !read_address(gather, part, &socket->address) || !text_next(&remote, ':', &part) ||
	    !from_hex(remote, &far) || !text_to_u64(words[7], 0, UINT32_MAX, &uid) ||
	    !text_to_u64(words[9], 0, INT64_MAX, &socket->inode))
		return false;
	*listens = text_is(words[3], state) && far == 0;
	socket->port = (uint16_t)port;
	socket->uid = (uint32_t)uid;
	return true;
}

/* -------- who holds a socket -------- */

struct owners {
	struct map *holders;     /* inode to process */
	struct process *process; /* whose sockets are being looked at */
	struct text hidden;      /* why those of one could not be; at NULL: all could */
};

static void end_owners(struct owners *owners)
{
	map_free(&owners->holders);
}

static struct text inode_key(const uint64_t *inode)
{
	return (struct text){(const char *)inode, sizeof(*inode)};
}

static void note_socket(void *data, uint64_t inode)
{
	struct owners *owners = data;
	if (!map_get(owners->holders, inode_key(&inode)))
		map_put(owners->holders, inode_key(&inode), owners->process);
}

static bool read_owners(struct rows *rows, struct owners *owners)
{
	const struct processes *processes;
	struct text why;
	if (process_read(rows->gather, &processes, &why) != GATHER_OK)
		return answer_fail(rows->gather, rows->answer, why);
	owners->holders = map_new();
	for (size_t i = 0; i < processes->count; i++) {
		owners->process = &processes->at[i];
		if (!processes->at[i].kernel &&
		    process_sockets(rows->gather, owners->process, note_socket, owners, &why) ==
			    GATHER_FAILED)
			owners->hidden = why;
	}
	return true;
}

/* -------- rows -------- */

static bool add_socket(struct rows *rows, const struct table *table, const struct socket *socket,
		       const struct owners *owners, struct evidence where)
{
	const struct process *holder = owners->holders
					       ? map_get(owners->holders, inode_key(&socket->inode))
					       : NULL;
	struct value *values = rows_add(rows, where);
	if (!values)
		return false;
	values[FIELD_PROTO] = value_text(VALUE_TEXT, text_of(table->proto));
	values[FIELD_ADDRESS] = value_text(VALUE_ADDRESS, socket->address);
	values[FIELD_PORT] = value_number(VALUE_INT, socket->port);
	values[FIELD_FAMILY] = value_text(VALUE_TEXT, text_of(table->family));
	values[FIELD_USER] = value_text(VALUE_TEXT, account_user(rows->gather, socket->uid));
	values[FIELD_UID] = value_number(VALUE_INT, socket->uid);
	values[FIELD_INODE] = value_number(VALUE_INT, (int64_t)socket->inode);
	if (!holder)
		return !owners->hidden.at ||
		       answer_fail(rows->gather, rows->answer, owners->hidden);
	values[FIELD_PROCESS] = value_text(VALUE_TEXT, holder->name);
	values[FIELD_PID] = value_number(VALUE_INT, holder->pid);
	struct text exe, why;
	enum gather_answer answer = GATHER_MISSING;
	if (call_wants(rows->call, FIELD_EXE))
		answer = process_exe(rows->gather, holder, &exe, &why);
	if (answer == GATHER_OK)
		values[FIELD_EXE] = value_text(VALUE_TEXT, exe);
	return answer != GATHER_FAILED || answer_fail(rows->gather, rows->answer, why);
}

/* The first line has the names of the columns. */
static bool add_table(struct rows *rows, const struct table *table, const struct owners *owners)
{
	struct gather *gather = rows->gather;
	struct text path = text_of(table->path), content, why, line;
	enum gather_answer answer = gather_read(gather, path, &content, &why);
	bool optional = text_is(text_of(table->family), "ipv6");
	if (answer == GATHER_MISSING && optional)
		return true;
	if (answer != GATHER_OK)
		return answer_fail(gather, rows->answer, why);
	for (uint64_t number = 1; text_next(&content, '\n', &line); number++) {
		struct socket socket;
		bool listens;
		if (number == 1 || text_trim(line).len == 0)
			continue;
		if (!read_socket(gather, line, table->state, &listens, &socket))
			return answer_fail(gather, rows->answer,
					   print_text(gather, "%s:%u: not what it should be",
						      table->path, (unsigned)number));
		struct evidence where = {path, number,
					 print_text(gather, "%s %.*s port %u", table->proto,
						    TEXT_ARG(socket.address), socket.port)};
		if (listens && !add_socket(rows, table, &socket, owners, where))
			return false;
	}
	return true;
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	scoped(end_owners) struct owners owners = {0};
	bool ask = call_wants(call, FIELD_PROCESS) || call_wants(call, FIELD_PID) ||
		   call_wants(call, FIELD_EXE);
	if (ask && !read_owners(&rows, &owners))
		return;
	for (size_t i = 0; i < array_len(tables); i++)
		if (!add_table(&rows, &tables[i], &owners))
			return;
	rows_give(&rows);
}

const struct probe probe_listening = {
	.name = "listening",
	.help = "sockets of TCP that listen, and of UDP that take from anybody",
	.subject_help = "a query over the sockets",
	.subject_example = "port:23 or port:513",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.table = true,
	.live = true,
	.reads = "/proc/net/tcp, tcp6, udp and udp6; /proc/PID/fd for the process",
	.privilege = "root, to see the processes of others",
	.cost = "small files; with process, pid or exe every open file of every process",
	.run = run,
};
