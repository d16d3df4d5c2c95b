#include <inttypes.h>
#include <string.h>

#include "assess/command/network/sockets.h"
#include "assess/command/program.h"
#include "assess/command/table.h"
#include "assess/engine/ask.h"

#define COLUMNS 9

enum option { OPTION_BARE = SOCKETS_OPTIONS, OPTION_COUNT };

static const struct program_option options[] = {
	{'t', "tcp", false},  {'u', "udp", false},     {'l', "listening", false},
	{'a', "all", false},  {'n', "numeric", false}, {'p', "processes", false},
	{'4', "ipv4", false}, {'6', "ipv6", false},    {'H', "no-header", false},
};

static const struct column {
	const char *head, *left; /* left: what stands in front, but of the first */
	bool right;              /* its text stands to the right */
} columns[COLUMNS] = {
	{"Netid", "", false},         {"State", " ", false},         {"Recv-Q", " ", false},
	{"Send-Q", " ", false},       {"Local Address:", " ", true}, {"Port", "", false},
	{"Peer Address:", " ", true}, {"Port", "", false},           {"Process", "", false},
};

struct row {
	struct text cells[COLUMNS];
};

struct listing {
	const struct native_call *call;
	const struct program_args *args;
	struct row *rows;
	size_t count;
	size_t first; /* column: 0, or 1 without Netid */
};

/* -------- rows -------- */

/* "%lo", by the numbers of interfaces. */
static const char *interface_name(struct gather *gather, uint32_t number)
{
	static const char folder[] = "/sys/class/net";
	struct arena *arena = gather_arena(gather);
	const struct gather_entry *entries;
	size_t count;
	struct text why, content;
	if (number == 0)
		return "";
	if (gather_list(gather, text_of(folder), &entries, &count, &why) != GATHER_OK)
		count = 0;
	for (size_t i = 0; i < count; i++) {
		uint64_t each;
		struct text path = text_of(
			arena_print(arena, "%s/%.*s/ifindex", folder, TEXT_ARG(entries[i].name)));
		if (gather_read(gather, path, &content, &why) == GATHER_OK &&
		    text_to_u64(text_trim(content), 0, UINT32_MAX, &each) && each == number)
			return arena_print(arena, "%%%.*s", TEXT_ARG(entries[i].name));
	}
	return arena_print(arena, "%%if%u", (unsigned)number);
}

static struct text print_end(struct arena *arena, const struct socket_end *end, bool six, bool own,
			     const char *interface)
{
	if (six && socket_is_any(end) && !own)
		return text_of(arena_print(arena, "*%s:", interface));
	struct text address = socket_address(end, arena);
	bool wide = memchr(address.at, ':', address.len) != NULL;
	return text_of(
		arena_print(arena, wide ? "[%.*s]%s:" : "%.*s%s:", TEXT_ARG(address), interface));
}

static struct text print_port(struct arena *arena, uint16_t port)
{
	return port ? text_of(arena_print(arena, "%u", (unsigned)port)) : TEXT("*");
}

/* The same of procreader: "4711 3", a line a socket. */
static bool ask_file(struct gather *gather, const struct process *process, uint64_t inode,
		     struct text *file)
{
	struct text told, why, line, number;
	const char *question = arena_print(gather_arena(gather), "fds %" PRIu32, process->pid);
	if (gather_ask(gather, text_of(question), &told, &why) != GATHER_OK)
		return false;
	while (text_next(&told, '\n', &line)) {
		uint64_t each;
		if (text_word(&line, &number) && text_to_u64(number, 0, UINT64_MAX, &each) &&
		    each == inode && text_word(&line, file))
			return true;
	}
	return false;
}

/* Which open file of the process it is. */
static bool find_file(struct gather *gather, const struct process *process, uint64_t inode,
		      struct text *file)
{
	struct arena *arena = gather_arena(gather);
	const struct gather_entry *entries;
	size_t count;
	struct text why, target;
	struct text wanted = text_of(arena_print(arena, "socket:[%" PRIu64 "]", inode));
	struct text folder = text_of(arena_print(arena, "/proc/%" PRIu32 "/fd", process->pid));
	if (gather_list_once(gather, folder, &entries, &count, &why) != GATHER_OK)
		count = 0;
	for (size_t i = 0; i < count; i++) {
		struct text path = text_of(
			arena_print(arena, "%s/%.*s", folder.at, TEXT_ARG(entries[i].name)));
		if (gather_link_once(gather, path, &target, &why) == GATHER_OK &&
		    text_is_equal(target, wanted)) {
			*file = arena_text(arena, entries[i].name);
			return true;
		}
	}
	return ask_file(gather, process, inode, file);
}

/* False: who holds it is known, but not as which file. */
static bool print_users(struct gather *gather, const struct sockets_line *line, struct text *users)
{
	struct text file;
	*users = TEXT("");
	if (!line->holder)
		return true;
	if (!find_file(gather, line->holder, line->socket.inode, &file))
		return false;
	*users = text_of(
		arena_print(gather_arena(gather), " users:((\"%.*s\",pid=%" PRIu32 ",fd=%.*s))",
			    TEXT_ARG(line->holder->name), line->holder->pid, TEXT_ARG(file)));
	return true;
}

static const char *state_name(unsigned state)
{
	static const char *const names[] = {"UNKNOWN",    "ESTAB",      "SYN-SENT",  "SYN-RECV",
					    "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "UNCONN",
					    "CLOSE-WAIT", "LAST-ACK",   "LISTEN",    "CLOSING"};
	return state < array_len(names) ? names[state] : names[0];
}

static bool add_row(struct listing *listing, const struct sockets_line *line)
{
	struct gather *gather = listing->call->gather;
	struct arena *arena = gather_arena(gather);
	struct row *row = &listing->rows[listing->count++];
	bool six = line->socket.table->six;
	row->cells[0] = text_of(line->socket.table->proto);
	row->cells[1] = text_of(state_name(line->socket.state));
	row->cells[2] = text_of(arena_print(arena, "%-6" PRIu32, line->socket.received));
	row->cells[3] = text_of(arena_print(arena, "%-6" PRIu32, line->socket.sent));
	row->cells[4] = print_end(arena, &line->socket.local, six, line->own_family,
				  interface_name(gather, line->interface));
	row->cells[5] = print_port(arena, line->socket.local.port);
	bool own = line->own_family || !socket_is_any(&line->socket.local);
	row->cells[6] = print_end(arena, &line->socket.remote, six, own, "");
	row->cells[7] = print_port(arena, line->socket.remote.port);
	return print_users(gather, line, &row->cells[8]);
}

/* -------- printing -------- */

static void print_row(const struct listing *listing, const struct row *row, const size_t *widths,
		      struct buf *out)
{
	for (size_t i = listing->first; i < COLUMNS; i++) {
		const struct column *column = &columns[i];
		struct text cell = row ? row->cells[i] : text_of(column->head);
		size_t left = i > listing->first ? strlen(column->left) : 0;
		int pad = (int)(widths[i] - left);
		buf_print(out, "%.*s", (int)left, column->left);
		buf_print(out, column->right ? "%*.*s" : "%-*.*s", pad, TEXT_ARG(cell));
	}
	buf_char(out, '\n');
}

static void print_table(const struct listing *listing, struct buf *out)
{
	size_t widths[COLUMNS] = {0};
	bool bare = listing->args->given[OPTION_BARE] > 0;
	for (size_t i = listing->first; i < COLUMNS; i++) {
		size_t width = bare ? 0 : strlen(columns[i].head);
		for (size_t j = 0; j < listing->count; j++)
			if (listing->rows[j].cells[i].len > width)
				width = listing->rows[j].cells[i].len;
		widths[i] = width + (i > listing->first && width > 0 ? strlen(columns[i].left) : 0);
	}
	if (!bare)
		print_row(listing, NULL, widths, out);
	for (size_t j = 0; j < listing->count; j++)
		print_row(listing, &listing->rows[j], widths, out);
}

static bool answer_ss(const struct native_call *call, struct native_answer *answer)
{
	struct program_args args;
	struct sockets_wish wish;
	struct sockets sockets = {0};
	if (!program_read_args(call, options, OPTION_COUNT, &args) ||
	    !sockets_read_wish(&args, &wish))
		return false;
	if (!call->gather || !program_is_here(call, answer) ||
	    !program_is_live(call, answer, "which sockets are open"))
		return true;
	wish.asks = true;
	if (!sockets_read(call, answer, &wish, &sockets))
		return true;
	struct listing listing = {.call = call, .args = &args, .first = !(wish.tcp && wish.udp)};
	listing.rows = arena_get(gather_arena(call->gather), sockets.count + 1,
				 sizeof(*listing.rows));
	for (size_t i = 0; i < sockets.count; i++)
		if (!add_row(&listing, &sockets.at[i]))
			return native_skip(answer, TEXT("which open file a socket is can't be seen "
							"from here"));
	scoped(buf_end) struct buf out = {0}, err = {0};
	print_table(&listing, &out);
	return program_end(call, answer, &out, &err, 0);
}

const struct native native_ss = {
	.program = "ss",
	.forms = "-n with -t, -u, -l or -a, and -p, -4, -6, -H",
	.reads = "/proc/net/tcp, tcp6, udp and udp6; the listeners, from the kernel; /proc/PID/fd "
		 "with -p",
	.prints =
		"a line a socket; where nobody may ask the kernel, Send-Q of a listening one is 0",
	.answer = answer_ss,
	.asks = true,
};
