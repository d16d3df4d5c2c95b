#include "assess/host/network/socket.h"
#include "assess/probe/answer.h"
#include "assess/probe/network/owner.h"
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
	FIELD_HIDDEN,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"proto", "tcp or udp", "tcp", .type = VALUE_TEXT},
	{"address", "where it listens; 0.0.0.0 and :: are everywhere", "127.0.0.1",
	 .type = VALUE_ADDRESS},
	{"port", "its port", "22", .type = VALUE_INT},
	{"family", "ipv4 or ipv6", "ipv4", .type = VALUE_TEXT},
	OWNER_FIELDS("whose the socket is", "sshd", "/usr/sbin/sshd"),
};

static const struct owner_fields owner = {FIELD_USER, FIELD_UID, FIELD_INODE, FIELD_PROCESS,
					  FIELD_PID,  FIELD_EXE, FIELD_HIDDEN};

struct listening {
	struct rows *rows;
	const struct holders *holders; /* NULL: not asked for */
};

static bool add_socket(void *data, const struct socket *socket)
{
	const struct listening *listening = data;
	struct rows *rows = listening->rows;
	if (!socket_listens(socket))
		return true;
	struct text address = socket_address(&socket->local, gather_arena(rows->gather));
	struct value *values = rows_add(
		rows,
		(struct evidence){text_of(socket->table->path), socket->line,
				  print_text(rows->gather, "%s %.*s port %u", socket->table->proto,
					     TEXT_ARG(address), socket->local.port)});
	if (!values)
		return false;
	values[FIELD_PROTO] = value_text(VALUE_TEXT, text_of(socket->table->proto));
	values[FIELD_ADDRESS] = value_text(VALUE_ADDRESS, address);
	values[FIELD_PORT] = value_number(VALUE_INT, socket->local.port);
	values[FIELD_FAMILY] = value_text(VALUE_TEXT,
					  socket->local.six ? TEXT("ipv6") : TEXT("ipv4"));
	owner_put_user(rows, socket->uid, &owner, values);
	return owner_put(rows, listening->holders, socket->inode, &owner, values);
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct listening listening = {.rows = &rows};
	struct text why;
	if (!owner_read(&rows, &owner, &listening.holders))
		return;
	if (socket_each(gather, socket_listening, add_socket, &listening, &why) != GATHER_OK) {
		answer_fail(gather, answer, why);
		return;
	}
	rows_give(&rows);
}

static bool asks_now(const struct probe_call *call)
{
	return owner_is_wanted(call, &owner);
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
	.asks_now = asks_now,
	.asks = "exe fds",
	.reads = "/proc/net/tcp, tcp6, udp and udp6; /proc/PID/fd for the process",
	.privilege = "root, to see the processes of others",
	.cost = "small files; with process, pid or exe every open file of every process",
	.run = run,
};
