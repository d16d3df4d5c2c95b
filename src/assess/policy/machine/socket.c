#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "assess/policy/machine/inner.h"

#define INODES_FIRST 1000
#define INODES_CONNECTED (INODES_FIRST + MACHINE_THINGS_MAX)
#define INODES_OTHER (INODES_CONNECTED + MACHINE_THINGS_MAX)

#define TABLES 4
static const char *const table_paths[TABLES] = {"/proc/net/tcp", "/proc/net/tcp6", "/proc/net/udp",
						"/proc/net/udp6"};

static void end_tables(struct buf (*tables)[TABLES])
{
	for (size_t i = 0; i < TABLES; i++)
		buf_end(&(*tables)[i]);
}

/* An IPv4 or IPv6 address as the kernel's tables write it. */
static bool put_address(struct buf *out, struct text address, bool *six)
{
	uint32_t words[4] = {0};
	scoped(buf_end) struct buf shown = {0};
	buf_text(&shown, address);
	*six = address.len > 0 && memchr(address.at, ':', address.len);
	if (shown.len == 0 || inet_pton(*six ? AF_INET6 : AF_INET, shown.at, words) != 1)
		return false;
	for (size_t i = 0; i < (*six ? 4 : 1); i++)
		buf_print(out, "%08" PRIX32, words[i]);
	return true;
}

struct ends {
	struct text address, remote;
	uint64_t port, remote_port;
	bool udp;
	const char *state; /* as the kernel writes it */
};

static bool hold(struct machine *machine, uint64_t pid, uint64_t inode)
{
	scoped(buf_end) struct buf name = {0}, target = {0};
	buf_print(&name, "fd/%" PRIu64, inode);
	buf_print(&target, "socket:[%" PRIu64 "]", inode);
	return pid == 0 || machine_put_link(machine, pid, name.at, buf_view(&target));
}

/* false: it is no socket */
static bool put_line(struct buf tables[static TABLES], const struct ends *ends, uint64_t uid,
		     uint64_t inode)
{
	scoped(buf_end) struct buf here = {0}, there = {0};
	bool six, far;
	if (!put_address(&here, ends->address, &six) ||
	    !put_address(&there, ends->remote.at ? ends->remote : text_of(six ? "::" : "0.0.0.0"),
			 &far) ||
	    six != far)
		return false;
	buf_print(&tables[2 * ends->udp + six],
		  "0: %s:%04" PRIX64 " %s:%04" PRIX64
		  " %s 00000000:00000000 00:00000000 00000000 %" PRIu64 " 0 %" PRIu64 " 1 0\n",
		  here.at, ends->port, there.at, ends->remote_port, ends->state, uid, inode);
	return true;
}

static bool put_socket(struct machine *machine, const struct doc *doc,
		       struct buf tables[static TABLES], const struct ends *ends, uint64_t inode)
{
	uint64_t uid = 0, pid = 0;
	if (doc->kind == DOC_MAP && (!machine_number(machine, doc, "uid", UINT32_MAX, 0, &uid) ||
				     !machine_number(machine, doc, "pid", UINT32_MAX, 0, &pid)))
		return false;
	return put_line(tables, ends, uid, inode) ? hold(machine, pid, inode)
						  : doc_err(doc, machine->err,
							    "address and remote are IP addresses "
							    "of one family");
}

/* -------- listening -------- */

static bool put_listener(struct machine *machine, const struct doc *doc,
			 struct buf tables[static TABLES], uint64_t inode)
{
	static const char *const keys[] = {"port", "address", "proto", "uid", "pid", NULL};
	bool map = doc->kind == DOC_MAP;
	struct text proto = map ? machine_part(doc, "proto", "tcp") : TEXT("tcp");
	struct ends ends = {.address = map ? machine_part(doc, "address", "0.0.0.0")
					   : TEXT("0.0.0.0"),
			    .udp = text_is(proto, "udp")};
	ends.state = ends.udp ? "07" : "0A";
	if (map && !machine_has_keys(machine, doc, keys, false, "port, address, proto, uid or pid"))
		return false;
	if (!text_to_u64(map ? machine_part(doc, "port", "") : doc->text, 1, UINT16_MAX,
			 &ends.port) ||
	    (!ends.udp && !text_is(proto, "tcp")))
		return doc_err(doc, machine->err,
			       "a socket is a port, or a map: { port: 22, address: 0.0.0.0, proto: "
			       "tcp, uid: 0, pid: 812 }");
	return put_socket(machine, doc, tables, &ends, inode);
}

/* -------- connections -------- */

static const char *find_state(struct text name)
{
	static const struct {
		const char *name, *code;
	} states[] = {
		{"established", "01"}, {"syn_sent", "02"},  {"syn_recv", "03"},
		{"fin_wait1", "04"},   {"fin_wait2", "05"}, {"time_wait", "06"},
		{"close_wait", "08"},  {"last_ack", "09"},  {"closing", "0B"},
	};
	for (size_t i = 0; i < array_len(states); i++)
		if (text_is(name, states[i].name))
			return states[i].code;
	return NULL;
}

static bool put_connection(struct machine *machine, const struct doc *doc,
			   struct buf tables[static TABLES], uint64_t inode)
{
	static const char *const keys[] = {"port",  "address", "remote", "remote_port", "proto",
					   "state", "uid",     "pid",    NULL};
	struct text proto = machine_part(doc, "proto", "tcp");
	struct ends ends = {.address = machine_part(doc, "address", "192.0.2.10"),
			    .remote = machine_part(doc, "remote", ""),
			    .udp = text_is(proto, "udp"),
			    .state = find_state(machine_part(doc, "state", "established"))};
	if (doc->kind == DOC_MAP &&
	    !machine_has_keys(machine, doc, keys, false,
			      "port, address, remote, remote_port, proto, state, uid or pid"))
		return false;
	if (doc->kind != DOC_MAP || !ends.state ||
	    !text_to_u64(machine_part(doc, "port", ""), 1, UINT16_MAX, &ends.port) ||
	    !text_to_u64(machine_part(doc, "remote_port", ""), 1, UINT16_MAX, &ends.remote_port) ||
	    (!ends.udp && !text_is(proto, "tcp")))
		return doc_err(doc, machine->err,
			       "a connection is a map: { port: 22, remote: 198.51.100.7, "
			       "remote_port: 50122, state: established, pid: 812 }");
	return put_socket(machine, doc, tables, &ends, inode);
}

bool machine_add_connections(struct machine *machine, const struct doc *doc)
{
	return !doc || (doc->kind == DOC_LIST && doc->count <= MACHINE_THINGS_MAX) ||
	       doc_err(doc, machine->err,
		       "connections is a list: [ { port: 22, remote: 198.51.100.7, remote_port: "
		       "50122 } ]");
}

/* Every host has the tables, with nothing in them; connections stand there, too. */
bool machine_add_listening(struct machine *machine, const struct doc *doc)
{
	const struct doc *connections = doc_get(machine->example, "connections");
	scoped(end_tables) struct buf tables[TABLES] = {{0}};
	if (doc && (doc->kind != DOC_LIST || doc->count > MACHINE_THINGS_MAX))
		return doc_err(doc, machine->err, "listening is a list: [ 22, { port: 80 } ]");
	if (!machine_add_connections(machine, connections))
		return false;
	for (size_t i = 0; i < TABLES; i++)
		buf_cstr(&tables[i], "sl local_address rem_address st\n");
	for (size_t i = 0; doc && i < doc->count; i++)
		if (!put_listener(machine, doc->items[i], tables, INODES_FIRST + i))
			return false;
	for (size_t i = 0; connections && i < connections->count; i++)
		if (!put_connection(machine, connections->items[i], tables, INODES_CONNECTED + i))
			return false;
	for (size_t i = 0; i < TABLES; i++)
		if (!machine_put(machine, table_paths[i], &tables[i]))
			return false;
	return true;
}

/* -------- other sockets -------- */

enum other { OTHER_UNIX, OTHER_PACKET, OTHER_RAW, OTHER_ICMP, OTHER_NETLINK, OTHER_COUNT };

static const struct {
	const char *kind, *path;
} others[OTHER_COUNT] = {
	[OTHER_UNIX] = {"unix", "/proc/net/unix"},
	[OTHER_PACKET] = {"packet", "/proc/net/packet"},
	[OTHER_RAW] = {"raw", "/proc/net/raw"},
	[OTHER_ICMP] = {"icmp", "/proc/net/icmp"},
	[OTHER_NETLINK] = {"netlink", "/proc/net/netlink"},
};

static void end_others(struct buf (*tables)[OTHER_COUNT])
{
	for (size_t i = 0; i < OTHER_COUNT; i++)
		buf_end(&(*tables)[i]);
}

static void put_other(struct buf *out, enum other kind, const struct doc *doc, uint64_t number,
		      uint64_t uid, uint64_t inode)
{
	bool listens = text_is(machine_part(doc, "state", "connected"), "listening");
	switch (kind) {
	case OTHER_UNIX:
		buf_print(out, "0: 2 0 %08x 0001 %s %" PRIu64 " %.*s\n", listens ? 0x10000u : 0u,
			  listens ? "01" : "03", inode, TEXT_ARG(machine_part(doc, "path", "")));
		break;
	case OTHER_PACKET:
		buf_print(out, "0 3 3 %04" PRIx64 " 0 1 0 %" PRIu64 " %" PRIu64 "\n",
			  number > 0 ? number : 3, uid, inode);
		break;
	case OTHER_RAW:
	case OTHER_ICMP:
		buf_print(out,
			  "0: 00000000:%04" PRIX64
			  " 00000000:0000 07 00000000:00000000 0:0 0 %" PRIu64 " 0 %" PRIu64
			  " 2 0 0\n",
			  number > 0 ? number : 1, uid, inode);
		break;
	case OTHER_NETLINK:
		buf_print(out, "0 %" PRIu64 " 0 0 0 0 0 2 0 %" PRIu64 "\n", number, inode);
		break;
	case OTHER_COUNT:
		never("a socket of no kind");
	}
}

static bool add_other(struct machine *machine, const struct doc *doc,
		      struct buf tables[static OTHER_COUNT], uint64_t inode)
{
	static const char *const keys[] = {"kind", "path", "state", "protocol", "uid", "pid", NULL};
	bool map = doc->kind == DOC_MAP;
	struct text kind = map ? machine_part(doc, "kind", "") : doc->text;
	uint64_t number = 0, uid = 0, pid = 0;
	size_t at = 0;
	while (at < OTHER_COUNT && (doc->kind == DOC_LIST || !text_is(kind, others[at].kind)))
		at++;
	if (at == OTHER_COUNT)
		return doc_err(doc, machine->err,
			       "a socket is unix, packet, raw, icmp or netlink, or a map: { kind: "
			       "unix, path: /run/x, state: listening, pid: 812 }");
	if (map && (!machine_has_keys(machine, doc, keys, false,
				      "kind, path, state, protocol, uid or pid") ||
		    !machine_number(machine, doc, "protocol", UINT16_MAX, 0, &number) ||
		    !machine_number(machine, doc, "uid", UINT32_MAX, 0, &uid) ||
		    !machine_number(machine, doc, "pid", UINT32_MAX, 0, &pid)))
		return false;
	put_other(&tables[at], (enum other)at, map ? doc : NULL, number, uid, inode);
	return hold(machine, pid, inode);
}

/* Every host has the tables, with nothing in them. */
bool machine_add_sockets(struct machine *machine, const struct doc *doc)
{
	scoped(end_others) struct buf tables[OTHER_COUNT] = {{0}};
	if (doc && (doc->kind != DOC_LIST || doc->count > MACHINE_THINGS_MAX))
		return doc_err(doc, machine->err, "sockets is a list: [ packet, { kind: unix } ]");
	for (size_t i = 0; i < OTHER_COUNT; i++)
		buf_cstr(&tables[i], "the names of the columns\n");
	for (size_t i = 0; doc && i < doc->count; i++)
		if (!add_other(machine, doc->items[i], tables, INODES_OTHER + i))
			return false;
	for (size_t i = 0; i < OTHER_COUNT; i++)
		if (!machine_put(machine, others[i].path, &tables[i]))
			return false;
	return true;
}
