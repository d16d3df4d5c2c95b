#include "assess/host/network/family.h"
#include "assess/host/network/interface.h"
#include "assess/host/network/socket.h"
#include "assess/probe/network/owner.h"
#include "assess/probe/table.h"

enum field {
	FIELD_KIND,
	FIELD_TYPE,
	FIELD_PATH,
	FIELD_PROTOCOL,
	FIELD_STATE,
	FIELD_ADDRESS,
	FIELD_INTERFACE,
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
	{"kind", "unix, packet (it sees what the network carries), raw, icmp or netlink", "unix",
	 .type = VALUE_TEXT},
	{"type", "stream, dgram, seqpacket or raw", "stream", .type = VALUE_TEXT},
	{"path", "of unix: its path; one that begins with @ is no file", "/run/dbus/system_bus",
	 .type = VALUE_TEXT},
	{"protocol",
	 "of raw: the number of the protocol; of packet: the EtherType (0x0003 is all); of "
	 "netlink: route, audit, netfilter …",
	 "1", .type = VALUE_TEXT},
	{"state", "of unix: listening, connected or unconnected", "listening", .type = VALUE_TEXT},
	{"address", "of raw and icmp: this host's end", "0.0.0.0", .type = VALUE_ADDRESS},
	{"interface", "of packet: the interface; nothing: all of them", "eth0", .type = VALUE_TEXT},
	OWNER_FIELDS("whose the socket is; of unix and netlink that is not told", "dbus-daemon",
		     "/usr/bin/dbus-daemon"),
};

static const struct owner_fields owner = {FIELD_USER, FIELD_UID, FIELD_INODE, FIELD_PROCESS,
					  FIELD_PID,  FIELD_EXE, FIELD_HIDDEN};

struct sockets {
	struct rows *rows;
	const struct holders *holders; /* NULL: not asked for */
	const struct interfaces *interfaces;
};

static void put_text(struct value *value, const char *text)
{
	if (text)
		*value = value_text(VALUE_TEXT, text_of(text));
}

/* -------- raw and icmp -------- */

static bool add_raw(void *data, const struct socket *socket)
{
	const struct sockets *sockets = data;
	struct rows *rows = sockets->rows;
	struct text address = socket_address(&socket->local, gather_arena(rows->gather));
	struct value *values = rows_add(
		rows, (struct evidence){text_of(socket->table->path), socket->line,
					print_text(rows->gather, "%s %.*s %u", socket->table->proto,
						   TEXT_ARG(address), socket->local.port)});
	if (!values)
		return false;
	bool raw = text_is(text_of(socket->table->proto), "raw");
	put_text(&values[FIELD_KIND], socket->table->proto);
	put_text(&values[FIELD_TYPE], raw ? "raw" : "dgram");
	if (raw)
		values[FIELD_PROTOCOL] = value_text(
			VALUE_TEXT, print_text(rows->gather, "%u", socket->local.port));
	values[FIELD_ADDRESS] = value_text(VALUE_ADDRESS, address);
	owner_put_user(rows, socket->uid, &owner, values);
	return owner_put(rows, sockets->holders, socket->inode, &owner, values);
}

/* -------- unix, packet, netlink -------- */

static void put_protocol(struct rows *rows, const struct family_socket *socket,
			 struct value *values)
{
	const char *name = family_netlink(socket->protocol);
	if (socket->family == FAMILY_PACKET)
		values[FIELD_PROTOCOL] = value_text(
			VALUE_TEXT, print_text(rows->gather, "0x%04x", socket->protocol));
	else if (socket->family == FAMILY_NETLINK)
		values[FIELD_PROTOCOL] = value_text(
			VALUE_TEXT,
			name ? text_of(name) : print_text(rows->gather, "%u", socket->protocol));
}

static void put_interface(const struct sockets *sockets, const struct family_socket *socket,
			  struct value *values)
{
	if (socket->interface == 0)
		return;
	const struct interface *interface = interface_find(sockets->interfaces, socket->interface);
	values[FIELD_INTERFACE] = value_text(
		VALUE_TEXT, interface ? interface->name
				      : print_text(sockets->rows->gather, "%u", socket->interface));
}

static bool add_other(void *data, const struct family_socket *socket)
{
	const struct sockets *sockets = data;
	struct rows *rows = sockets->rows;
	struct text path = arena_text(gather_arena(rows->gather), socket->path);
	const char *name = family_name(socket->family);
	struct text shown = path.len > 0 ? path : text_of(name);
	struct value *values = rows_add(
		rows, (struct evidence){text_of(family_path(socket->family)), socket->line, shown});
	if (!values)
		return false;
	put_text(&values[FIELD_KIND], name);
	put_text(&values[FIELD_TYPE], socket->type);
	put_text(&values[FIELD_STATE], socket->state);
	if (path.len > 0)
		values[FIELD_PATH] = value_text(VALUE_TEXT, path);
	put_protocol(rows, socket, values);
	put_interface(sockets, socket, values);
	if (socket->has_uid)
		owner_put_user(rows, socket->uid, &owner, values);
	return owner_put(rows, sockets->holders, socket->inode, &owner, values);
}

static bool read_all(struct gather *gather, struct sockets *sockets, struct text *why)
{
	static const enum family families[] = {FAMILY_UNIX, FAMILY_PACKET, FAMILY_NETLINK};
	if (interface_read(gather, &sockets->interfaces, why) != GATHER_OK)
		return false;
	for (size_t i = 0; i < array_len(families); i++)
		if (family_each(gather, families[i], add_other, sockets, why) == GATHER_FAILED)
			return false;
	return socket_each(gather, socket_raw, add_raw, sockets, why) == GATHER_OK;
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct sockets sockets = {.rows = &rows};
	struct text why;
	if (!owner_read(&rows, &owner, &sockets.holders))
		return;
	if (!read_all(gather, &sockets, &why))
		answer_fail(gather, answer, why);
	rows_give(&rows);
}

static bool asks_now(const struct probe_call *call)
{
	return owner_is_wanted(call, &owner);
}

const struct probe probe_sockets = {
	.name = "sockets",
	.help = "sockets that are neither TCP's nor UDP's: unix, packet, raw, icmp and netlink",
	.subject_help = "a query over the sockets",
	.subject_example = "kind:packet or kind:raw",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.table = true,
	.live = true,
	.asks_now = asks_now,
	.asks = "exe fds",
	.reads = "/proc/net/unix, packet, netlink, raw, raw6, icmp and icmp6; /proc/PID/fd for the "
		 "process",
	.privilege = "root, to see the processes of others",
	.cost = "small files; with process, pid or exe every open file of every process",
	.run = run,
};
