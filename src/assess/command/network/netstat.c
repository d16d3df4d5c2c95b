#include <inttypes.h>

#include "assess/command/network/sockets.h"
#include "assess/command/program.h"
#include "assess/command/table.h"

#define ADDRESS_WIDTH 23
#define PROGRAM_WIDTH 20

static const struct program_option options[] = {
	{'t', "tcp", false}, {'u', "udp", false},     {'l', "listening", false},
	{'a', "all", false}, {'n', "numeric", false}, {'p', "programs", false},
	{'4', NULL, false},  {'6', NULL, false},
};

static struct text print_end(struct arena *arena, const struct socket_end *end, bool six)
{
	struct text address = socket_address(end, arena);
	bool mapped = six && !end->six; /* told as what it is; netstat tells it as it came */
	const char *port = end->port ? arena_print(arena, "%u", (unsigned)end->port) : "*";
	return text_of(
		arena_print(arena, "%s%.*s:%s", mapped ? "::ffff:" : "", TEXT_ARG(address), port));
}

static const char *state_name(const struct socket *socket)
{
	static const char *const names[] = {"",           "ESTABLISHED", "SYN_SENT",  "SYN_RECV",
					    "FIN_WAIT1",  "FIN_WAIT2",   "TIME_WAIT", "CLOSE",
					    "CLOSE_WAIT", "LAST_ACK",    "LISTEN",    "CLOSING"};
	if (socket_is_udp(socket))
		return socket->state == SOCKET_ESTABLISHED ? "ESTABLISHED" : "";
	return socket->state < array_len(names) ? names[socket->state] : "UNKNOWN";
}

/* "812/sshd: /usr/sbin", cut. */
static struct text print_program(struct gather *gather, const struct process *process)
{
	struct arena *arena = gather_arena(gather);
	struct text content, why, name, part;
	if (!process)
		return TEXT("-");
	struct text path = text_of(arena_print(arena, "/proc/%" PRIu32 "/cmdline", process->pid));
	if (gather_read_once(gather, path, NULL, &content, &why) != GATHER_OK ||
	    !text_next(&content, '\0', &name))
		name = process->name;
	if (name.len > 0 && name.at[0] == '/') {
		struct text rest = name;
		while (text_next(&rest, '/', &part))
			name = part;
	}
	struct text whole = text_of(
		arena_print(arena, "%" PRIu32 "/%.*s", process->pid, TEXT_ARG(name)));
	return (struct text){whole.at, whole.len < PROGRAM_WIDTH ? whole.len : PROGRAM_WIDTH - 1};
}

static void print_line(struct gather *gather, const struct sockets_line *line, bool programs,
		       struct buf *out)
{
	struct arena *arena = gather_arena(gather);
	bool six = line->socket.table->six;
	struct text local = print_end(arena, &line->socket.local, six);
	struct text remote = print_end(arena, &line->socket.remote, six);
	buf_print(out, "%.3s%-2s %6" PRIu32 " %6" PRIu32 " %-*.*s %-*.*s %-11s",
		  line->socket.table->proto, six ? "6" : "", line->socket.received,
		  line->socket.sent, ADDRESS_WIDTH, TEXT_ARG(local), ADDRESS_WIDTH,
		  TEXT_ARG(remote), state_name(&line->socket));
	if (programs)
		buf_print(out, " %-*.*s", PROGRAM_WIDTH,
			  TEXT_ARG(print_program(gather, line->holder)));
	buf_char(out, '\n');
}

static void print_head(const struct sockets_wish *wish, struct buf *out)
{
	buf_print(out,
		  "Active Internet connections (%s)\nProto Recv-Q Send-Q Local Address           "
		  "Foreign Address         State      %s\n",
		  wish->listening ? "only servers" : "servers and established",
		  wish->holders ? " PID/Program name    " : "");
}

static bool answer_netstat(const struct native_call *call, struct native_answer *answer)
{
	struct program_args args;
	struct sockets_wish wish;
	struct sockets sockets = {0};
	if (!program_read_args(call, options, SOCKETS_OPTIONS, &args) ||
	    !sockets_read_wish(&args, &wish))
		return false;
	if (!call->gather || !program_is_here(call, answer) ||
	    !program_is_live(call, answer, "which sockets are open"))
		return true;
	if (!sockets_read(call, answer, &wish, &sockets))
		return true;
	scoped(buf_end) struct buf out = {0}, err = {0};
	print_head(&wish, &out);
	for (size_t pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < sockets.count; i++) {
			if (socket_is_udp(&sockets.at[i].socket) == (pass == 1))
				print_line(call->gather, &sockets.at[i], wish.holders, &out);
		}
	return program_end(call, answer, &out, &err, 0);
}

const struct native native_netstat = {
	.program = "netstat",
	.forms = "-n with -t, -u, -l or -a, and -p, -4, -6",
	.reads = "/proc/net/tcp, tcp6, udp and udp6; /proc/PID/fd with -p",
	.prints = "a line a socket",
	.answer = answer_netstat,
	.asks = true,
};
