#include "assess/host/network/socket.h"
#include "assess/probe/network/owner.h"
#include "assess/probe/table.h"

enum field {
	FIELD_PROTO,
	FIELD_ADDRESS,
	FIELD_PORT,
	FIELD_REMOTE_ADDRESS,
	FIELD_REMOTE_PORT,
	FIELD_STATE,
	FIELD_DIRECTION,
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
	{"address", "this host's end", "192.0.2.10", .type = VALUE_ADDRESS},
	{"port", "the port of this host's end", "22", .type = VALUE_INT},
	{"remote_address", "the other end", "198.51.100.7", .type = VALUE_ADDRESS},
	{"remote_port", "the port of the other end", "50122", .type = VALUE_INT},
	{"state",
	 "established, syn_sent, syn_recv, fin_wait1, fin_wait2, time_wait, close_wait, last_ack "
	 "or closing",
	 "established", .type = VALUE_TEXT},
	{"direction", "inbound where this host listens on the port, else outbound", "inbound",
	 .type = VALUE_TEXT},
	{"family", "ipv4 or ipv6", "ipv4", .type = VALUE_TEXT},
	OWNER_FIELDS("whose the socket is; nothing once its process has let it go", "sshd",
		     "/usr/sbin/sshd"),
};

static const struct owner_fields owner = {FIELD_USER, FIELD_UID, FIELD_INODE, FIELD_PROCESS,
					  FIELD_PID,  FIELD_EXE, FIELD_HIDDEN};

#define PORTS 65536

struct connections {
	struct rows *rows;
	const struct holders *holders; /* NULL: not asked for */
	unsigned char *ports;          /* bit 0: TCP listens there, bit 1: UDP */
};

static unsigned char proto_bit(const struct socket *socket)
{
	return socket_is_udp(socket) ? 2 : 1;
}

/* Ports where this host waits for others. */
static bool note_port(void *data, const struct socket *socket)
{
	const struct connections *connections = data;
	if (socket_listens(socket))
		connections->ports[socket->local.port] |= proto_bit(socket);
	return true;
}

static void put_ends(struct value *values, const struct connections *connections,
		     const struct socket *socket, struct text here, struct text there)
{
	const char *state = socket_state(socket->state);
	bool inbound = connections->ports[socket->local.port] & proto_bit(socket);
	values[FIELD_PROTO] = value_text(VALUE_TEXT, text_of(socket->table->proto));
	values[FIELD_ADDRESS] = value_text(VALUE_ADDRESS, here);
	values[FIELD_PORT] = value_number(VALUE_INT, socket->local.port);
	values[FIELD_REMOTE_ADDRESS] = value_text(VALUE_ADDRESS, there);
	values[FIELD_REMOTE_PORT] = value_number(VALUE_INT, socket->remote.port);
	if (state)
		values[FIELD_STATE] = value_text(VALUE_TEXT, text_of(state));
	values[FIELD_DIRECTION] = value_text(VALUE_TEXT,
					     inbound ? TEXT("inbound") : TEXT("outbound"));
	values[FIELD_FAMILY] = value_text(VALUE_TEXT,
					  socket->local.six ? TEXT("ipv6") : TEXT("ipv4"));
}

static bool add_socket(void *data, const struct socket *socket)
{
	const struct connections *connections = data;
	struct rows *rows = connections->rows;
	struct arena *arena = gather_arena(rows->gather);
	if (socket->remote.port == 0)
		return true;
	struct text here = socket_address(&socket->local, arena);
	struct text there = socket_address(&socket->remote, arena);
	struct value *values = rows_add(
		rows, (struct evidence){text_of(socket->table->path), socket->line,
					print_text(rows->gather, "%s %.*s port %u, %.*s port %u",
						   socket->table->proto, TEXT_ARG(here),
						   socket->local.port, TEXT_ARG(there),
						   socket->remote.port)});
	if (!values)
		return false;
	put_ends(values, connections, socket, here, there);
	if (socket->inode == 0)
		return true;
	owner_put_user(rows, socket->uid, &owner, values);
	return owner_put(rows, connections->holders, socket->inode, &owner, values);
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	static const socket_fn passes[] = {note_port, add_socket};
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct connections connections = {.rows = &rows,
					  .ports = arena_get(gather_arena(gather), PORTS, 1)};
	struct text why;
	if (!owner_read(&rows, &owner, &connections.holders))
		return;
	for (size_t i = 0; i < array_len(passes); i++)
		if (socket_each_stream(gather, passes[i], &connections, &why) != GATHER_OK) {
			answer_fail(gather, answer, why);
			return;
		}
	rows_give(&rows);
}

static bool asks_now(const struct probe_call *call)
{
	return owner_is_wanted(call, &owner);
}

const struct probe probe_connections = {
	.name = "connections",
	.help = "sockets of TCP and UDP that have another end",
	.subject_help = "a query over the connections",
	.subject_example = "direction:outbound and remote_port:6667",
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
