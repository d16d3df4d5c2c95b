#include "assess/host/network/family.h"
#include "assess/host/network/socket.h"
#include "unit.h"

#include "call.h"

#define HEAD "  sl  local_address rem_address   st tx_queue\n"
#define END " 00000000:00000000 00:00000000 00000000 "
#define NONE6 "00000000000000000000000000000000"

static const struct call_file machine[] = {
	{"/etc/passwd", "root:x:0:0:::\nwww-data:x:33:33:::\n"},
	{"/proc/net/tcp", HEAD "   0: 00000000:0016 00000000:0000 0A" END "0 0 776 1 x\n"
			       "   1: 0A0200C0:0016 076433C6:C3CA 01" END "33 0 777 1 x\n"
			       "   2: 0A0200C0:8CA0 01643CC6:1A0B 06" END "0 0 0 3 x\n"},
	{"/proc/net/tcp6", HEAD "   0: 0000000000000000FFFF00000A0200C0:0016 "
				"0000000000000000FFFF0000076433C6:0401 01" END "0 0 778 1 x\n"
				"   1: B80D0120000000000000000001000000:0FA0 "
				"B80D0120000000000000000002000000:01BB 02" END "0 0 779 1 x\n"},
	{"/proc/net/udp", HEAD "   0: 0100007F:0143 00000000:0000 07" END "0 0 781 1 x\n"
			       "   1: 0100007F:0144 0100007F:0035 01" END "0 0 782 1 x\n"},
	{"/proc/net/raw", HEAD "   1: 00000000:0001 00000000:0000 07" END "0 0 800 2 x 0\n"},
	{"/proc/net/raw6", HEAD "   58: " NONE6 ":003A " NONE6 ":0000 07" END "0 0 801 2 x 0\n"},
	{"/proc/net/icmp", HEAD "   5: 00000000:0005 00000000:0000 07" END "33 0 802 2 x 0\n"},
	{"/proc/net/dev", "Inter-|\n face |\n"},
	{"/proc/net/unix",
	 "Num       RefCount Protocol Flags    Type St Inode Path\n"
	 "0000000000000000: 00000002 00000000 00010000 0001 01 11811 /run/dbus/a b\n"
	 "0000000000000000: 00000003 00000000 00000000 0005 03 11812\n"
	 "0000000000000000: 00000002 00000000 00000000 0002 01 11813 @odd\n\nname\n"
	 "0000000000000000: 00000002 00000000 00000000 0002 01 11814 \n"},
	{"/proc/net/packet", "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n"
			     "00000000a1b2c3d4 3      3    0003   2     1 0      0      12345 \n"
			     "00000000a1b2c3d5 3      2    888e   0     1 0      33     12346\n"},
	{"/proc/net/netlink",
	 "sk               Eth Pid        Groups   Rmem Wmem     Dump  Locks    Drops    Inode\n"
	 "00000000dde8fc4c 0   812        00000440 0 0        0     2        0        566     \n"
	 "000000001cbc0bf0 77  0          00000000 0        0        0     2        0        0\n"},
	{NULL, NULL},
};

static struct probe_answer answer;
static struct probe_call call;

static struct gather *ask(const struct call_file *files, const char *probe)
{
	struct gather *gather = call_gather(files, true);
	call = call_of(probe, "");
	call.fields = 0; /* not whose process */
	probe_run(gather, &call, &answer);
	return gather;
}

static const char *shown(size_t row, const char *field)
{
	return call_shown(&call, &answer, row, field);
}

test(connections_have_two_ends)
{
	static const struct {
		const char *proto, *address, *port, *remote, *remote_port, *state, *direction,
			*user, *family;
	} rows[] = {
		{"tcp", "192.0.2.10", "22", "198.51.100.7", "50122", "established", "inbound",
		 "www-data", "ipv4"},
		{"tcp", "192.0.2.10", "36000", "198.60.100.1", "6667", "time_wait", "outbound", "",
		 "ipv4"},
		{"tcp", "192.0.2.10", "22", "198.51.100.7", "1025", "established", "inbound",
		 "root", "ipv4"},
		{"tcp", "2001:db8::1", "4000", "2001:db8::2", "443", "syn_sent", "outbound", "root",
		 "ipv6"},
		{"udp", "127.0.0.1", "324", "127.0.0.1", "53", "established", "outbound", "root",
		 "ipv4"},
	};
	struct gather *gather = ask(machine, "connections");
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, array_len(rows));
	for (size_t i = 0; i < array_len(rows); i++) {
		assert_string_equal(shown(i, "proto"), rows[i].proto);
		assert_string_equal(shown(i, "address"), rows[i].address);
		assert_string_equal(shown(i, "port"), rows[i].port);
		assert_string_equal(shown(i, "remote_address"), rows[i].remote);
		assert_string_equal(shown(i, "remote_port"), rows[i].remote_port);
		assert_string_equal(shown(i, "state"), rows[i].state);
		assert_string_equal(shown(i, "direction"), rows[i].direction);
		assert_string_equal(shown(i, "user"), rows[i].user);
		assert_string_equal(shown(i, "family"), rows[i].family);
	}
	assert_int_equal(answer.rows[0].where.line, 3);
	gather_free(&gather);
}

test(other_sockets_have_kinds)
{
	static const struct {
		const char *kind, *type, *path, *protocol, *state, *address, *interface, *user,
			*inode;
	} rows[] = {
		{"unix", "stream", "/run/dbus/a b", "", "listening", "", "", "", "11811"},
		{"unix", "seqpacket", "", "", "connected", "", "", "", "11812"},
		{"unix", "dgram", "@odd\n\nname", "", "unconnected", "", "", "", "11813"},
		{"unix", "dgram", "", "", "unconnected", "", "", "", "11814"},
		{"packet", "raw", "", "0x0003", "", "", "2", "root", "12345"},
		{"packet", "dgram", "", "0x888e", "", "", "", "www-data", "12346"},
		{"netlink", "raw", "", "route", "", "", "", "", "566"},
		{"netlink", "raw", "", "77", "", "", "", "", ""},
		{"raw", "raw", "", "1", "", "0.0.0.0", "", "root", "800"},
		{"raw", "raw", "", "58", "", "::", "", "root", "801"},
		{"icmp", "dgram", "", "", "", "0.0.0.0", "", "www-data", "802"},
	};
	struct gather *gather = ask(machine, "sockets");
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, array_len(rows));
	for (size_t i = 0; i < array_len(rows); i++) {
		assert_string_equal(shown(i, "kind"), rows[i].kind);
		assert_string_equal(shown(i, "type"), rows[i].type);
		assert_string_equal(shown(i, "path"), rows[i].path);
		assert_string_equal(shown(i, "protocol"), rows[i].protocol);
		assert_string_equal(shown(i, "state"), rows[i].state);
		assert_string_equal(shown(i, "address"), rows[i].address);
		assert_string_equal(shown(i, "interface"), rows[i].interface);
		assert_string_equal(shown(i, "user"), rows[i].user);
		assert_string_equal(shown(i, "inode"), rows[i].inode);
	}
	gather_free(&gather);
}

/* The machine with another text of one table. */
static struct gather *ask_with(const char *probe, const char *path, const char *text)
{
	struct call_file files[array_len(machine)];
	size_t found = 0;
	for (size_t i = 0; i < array_len(machine); i++) {
		files[i] = machine[i];
		if (files[i].path && text_is(text_of(path), files[i].path)) {
			files[i].text = text;
			found++;
		}
	}
	assert_int_equal(found, 1);
	return ask(files, probe);
}

test(a_line_that_is_none_is_an_error_with_its_place)
{
	static const struct {
		const char *probe, *path, *text, *reason;
	} cases[] = {
		{"connections", "/proc/net/tcp", HEAD "   0: 0100007F:0016 00000000:0000 0A\n",
		 "/proc/net/tcp:2: not what it should be"},
		{"connections", "/proc/net/tcp6",
		 HEAD "   0: 00000000000000:0016 x 01" END "0 0 1\n",
		 "/proc/net/tcp6:2: not what it should be"},
		{"connections", "/proc/net/udp",
		 HEAD "\n   0: 0100007F:00165 0100007F:0016 01" END "0 0 1\n",
		 "/proc/net/udp:3: not what it should be"},
		{"sockets", "/proc/net/unix", "Num\nhalf a line\n",
		 "/proc/net/unix:2: not what it should be"},
		{"sockets", "/proc/net/packet", "sk\n0 3 3 0003 2 1 0 -1 1\n",
		 "/proc/net/packet:2: not what it should be"},
		{"sockets", "/proc/net/packet", "sk\n0 3 3 123456789 2 1 0 0 1\n",
		 "/proc/net/packet:2: not what it should be"},
		{"sockets", "/proc/net/netlink", "sk\n0 0 0 0 0 0 0 2 0\n",
		 "/proc/net/netlink:2: not what it should be"},
		{"sockets", "/proc/net/raw", HEAD "x\n", "/proc/net/raw:2: not what it should be"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct gather *gather = ask_with(cases[i].probe, cases[i].path, cases[i].text);
		assert_int_equal(answer.outcome, PROBE_ERROR);
		assert_string_equal(answer.reason.at, cases[i].reason);
		gather_free(&gather);
	}
}

test(a_table_that_is_missing_is_an_error)
{
	static const struct call_file none[] = {{"/etc/passwd", ""}, {NULL, NULL}};
	static const char *const names[] = {"connections", "sockets", "listening"};
	for (size_t i = 0; i < array_len(names); i++) {
		struct gather *gather = ask(none, names[i]);
		assert_int_equal(answer.outcome, PROBE_ERROR);
		assert_true(answer.reason.len > 0);
		gather_free(&gather);
	}
}

test(more_rows_than_there_may_be_are_an_error)
{
	scoped(buf_end) struct buf tcp = {0};
	buf_cstr(&tcp, HEAD);
	for (unsigned i = 0; i < 110000; i++)
		buf_cstr(&tcp, "1: 0A0200C0:0016 076433C6:C3CA 01" END "33 0 777 1 x\n");
	struct gather *gather = ask_with("connections", "/proc/net/tcp", tcp.at);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	assert_string_equal(answer.reason.at, "more than 100000 rows");
	gather_free(&gather);
}

/* -------- whose they are -------- */

#define STATUS(name) "Name:\t" name "\nPPid:\t1\nUid:\t0\t0\t0\t0\nCapEff:\t0\n"

static void add_link(struct fixture *fixture, const char *path, const char *target)
{
	struct err err = {0};
	struct fixture_file link = {
		.path = text_of(path), .kind = GATHER_LINK, .content = text_of(target)};
	assert_true(fixture_add(fixture, &link, &err));
}

static struct fixture *make(void)
{
	struct err err = {0};
	struct fixture *fixture = fixture_new();
	for (size_t i = 0; machine[i].path; i++)
		assert_true(
			fixture_add_text(fixture, machine[i].path, text_of(machine[i].text), &err));
	assert_true(fixture_add_text(fixture, "/proc/10/status", TEXT(STATUS("sshd")), &err));
	assert_true(fixture_add_text(fixture, "/proc/10/cmdline", TEXT("sshd"), &err));
	add_link(fixture, "/proc/10/exe", "/usr/sbin/sshd");
	add_link(fixture, "/proc/10/fd/3", "socket:[777]");
	add_link(fixture, "/proc/10/fd/4", "socket:[12345]");
	return fixture;
}

test(processes_hold_sockets)
{
	struct fixture *fixture = make();
	struct gather *gather = fixture_gather(fixture, &(struct gather_config){.running = true});
	call = call_of("connections", "");
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_string_equal(shown(0, "process"), "sshd");
	assert_string_equal(shown(0, "pid"), "10");
	assert_string_equal(shown(0, "exe"), "/usr/sbin/sshd");
	assert_string_equal(shown(2, "process"), "");
	call = call_of("sockets", "");
	probe_run(gather, &call, &answer);
	assert_string_equal(shown(4, "process"), "sshd");
	gather_free(&gather);
	fixture_free(&fixture);
}

test(a_holder_that_may_be_hidden_is_an_error)
{
	struct err err = {0};
	struct fixture *fixture = make();
	assert_true(fixture_add_text(fixture, "/proc/12/status", TEXT(STATUS("spy")), &err));
	assert_true(fixture_add_text(fixture, "/proc/12/cmdline", TEXT("spy"), &err));
	assert_true(fixture_add_text(fixture, "/proc/12/fd", TEXT(""), &err));
	struct gather *gather = fixture_gather(fixture, &(struct gather_config){.running = true});
	call = call_of("connections", "");
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ROWS); /* hidden is asked for, too */
	assert_string_equal(shown(0, "hidden"), "false");
	assert_string_equal(shown(2, "hidden"), "true");
	call.fields = 1 << 11; /* process alone: of socket 778 it can't be known */
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	call.fields = 0;
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	gather_free(&gather);
	fixture_free(&fixture);
}

test(only_of_a_running_system)
{
	static const char *const names[] = {"connections", "sockets", "interfaces", "routes",
					    "neighbours"};
	for (size_t i = 0; i < array_len(names); i++) {
		struct gather *gather = call_gather(machine, false);
		call = call_of(names[i], "");
		probe_run(gather, &call, &answer);
		assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
		gather_free(&gather);
	}
}
