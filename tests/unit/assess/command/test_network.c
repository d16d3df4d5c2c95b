#include "told.h"

#define PROGRAMS                                                                 \
	{"/usr/bin/ss", "x"}, {"/usr/bin/netstat", "x"}, {"/usr/sbin/ufw", "x"}, \
		{"/usr/sbin/nft", "x"}, {"/usr/sbin/iptables", "x"},             \
	{                                                                        \
		"/usr/sbin/ip6tables", "x"                                       \
	}

#define HEAD "  sl  local_address rem_address   st tx_queue rx_queue\n"
#define REST " 00:00000000 00000000     0        0 "

static const struct told_file sockets[] = {
	PROGRAMS,
	{"/proc/net/tcp",
	 HEAD "   0: 0100007F:0016 00000000:0000 0A 00000000:00000002" REST "71 1 0\n"
	      "   1: 00000000:0050 00000000:0000 0A 00000000:00000000" REST "72 1 0\n"
	      "   2: 0100007F:0016 0100007F:A5EB 01 00000004:00000000" REST "73 1 0\n"},
	{"/proc/net/tcp6",
	 HEAD "   0: 00000000000000000000000000000000:0050 "
	      "00000000000000000000000000000000:0000 0A 00000000:00000000" REST "74 1 0\n"
	      "   1: 00000000000000000000000000000000:0051 "
	      "00000000000000000000000000000000:0000 0A 00000000:00000000" REST "75 1 0\n"},
	{"/proc/net/udp",
	 HEAD "  0: 00000000:0044 00000000:0000 07 00000000:00000000" REST "76 1 0\n"},
	{"/proc/7/status", "Name:\tsshd\nPPid:\t1\nUid:\t0\t0\t0\t0\nCapEff:\t0\n"},
	{"/proc/7/cmdline", "/usr/sbin/sshd\0-D"},
	{"/proc/7/fd/3", "->socket:[71]"},
	{NULL, NULL}};

test(lists_sockets_as_ss_and_netstat_do)
{
	static const struct told_case cases[] = {
		{"ss -lntu",
		 "Netid State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n"
		 "udp   UNCONN 0      0            0.0.0.0:68        0.0.0.0:*          \n"
		 "tcp   LISTEN 2      0          127.0.0.1:22        0.0.0.0:*          \n"
		 "tcp   LISTEN 0      0            0.0.0.0:80        0.0.0.0:*          \n"
		 "tcp   LISTEN 0      0               [::]:80           [::]:*          \n"
		 "tcp   LISTEN 0      0                  *:81              *:*          \n||0"},
		{"ss -H -4 -tlnp",
		 "LISTEN 2      0      127.0.0.1:22 0.0.0.0:* users:((\"sshd\",pid=7,fd=3))\n"
		 "LISTEN 0      0        0.0.0.0:80 0.0.0.0:*                            \n||0"},
		{"ss -tan -4 -H", "LISTEN 2      0      127.0.0.1:22   0.0.0.0:*    \n"
				  "LISTEN 0      0        0.0.0.0:80   0.0.0.0:*    \n"
				  "ESTAB  0      4      127.0.0.1:22 127.0.0.1:42475\n||0"},
		{"ss -lt", "unknown"},
		{"ss", "unknown"},
		{"netstat -plnt",
		 "Active Internet connections (only servers)\n"
		 "Proto Recv-Q Send-Q Local Address           Foreign Address         State       "
		 "PID/Program name    \n"
		 "tcp        2      0 127.0.0.1:22            0.0.0.0:*               LISTEN      "
		 "7/sshd              \n"
		 "tcp        0      0 0.0.0.0:80              0.0.0.0:*               LISTEN      "
		 "-                   \n"
		 "tcp6       0      0 :::80                   :::*                    LISTEN      "
		 "-                   \n"
		 "tcp6       0      0 :::81                   :::*                    LISTEN      "
		 "-                   \n||0"},
		{NULL, NULL}};
	told_all(sockets, true, cases);
}

/* What the kernel tells of a socket that listens. */
static struct text listener_message(struct buf *out, uint32_t inode, uint32_t most,
				    uint32_t interface)
{
	uint32_t words[22] = {16 + 72, 20}; /* the head: length, type */
	words[4 + 10] = interface;
	words[4 + 15] = most;
	words[4 + 17] = inode;
	buf_add(out, words, 16 + 72);
	return buf_view(out);
}

test(asks_for_what_proc_does_not_tell)
{
	scoped(buf_end) struct buf told_of = {0};
	struct told told = told_begin(sockets, true);
	listener_message(&told_of, 71, 128, 7);
	fixture_add_answer(told.fixture, TEXT("listeners 4"),
			   listener_message(&told_of, 74, 4096, 0));
	fixture_add_answer(told.fixture, TEXT("listeners 6"), TEXT("half a message"));
	assert_string_equal(told_line(&told, "ss -H -tln"),
			    "LISTEN 2      128    127.0.0.1%if7:22 0.0.0.0:*\n"
			    "LISTEN 0      0            0.0.0.0:80 0.0.0.0:*\n"
			    "LISTEN 0      4096               *:80       *:*\n"
			    "LISTEN 0      0                  *:81       *:*\n||0");
	told_end(&told);
}

test(tables_that_are_none_are_errors)
{
	static const char *const broken[] = {HEAD "nonsense\n", HEAD "0: 1:2 3:4 0A 1:2\n",
					     HEAD "   0: 0100007F:0016 00000000:0000 0A zz:00" REST
						  "1\n"};
	for (size_t i = 0; i < array_len(broken); i++) {
		const struct told_file files[] = {
			PROGRAMS, {"/proc/net/tcp", broken[i]}, {NULL, NULL}};
		static const struct told_case cases[] = {
			{"ss -ltn", "error: /proc/net/tcp:2: not what it should be"}, {NULL, NULL}};
		told_all(files, true, cases);
	}
}

test(a_huge_table_is_listed)
{
	enum { LINES = 20000 };
	static const char line[] = "   0: 0100007F:0016 00000000:0000 0A 00000000:00000000" REST
				   "71 1 0\n";
	scoped(buf_end) struct buf table = {0};
	buf_cstr(&table, HEAD);
	for (size_t i = 0; i < LINES; i++)
		buf_cstr(&table, line);
	const struct told_file files[] = {PROGRAMS, {"/proc/net/tcp", table.at}, {NULL, NULL}};
	struct told told = told_begin(files, true);
	const char *says = told_line(&told, "ss -H -ltn");
	assert_int_equal(strlen(says),
			 LINES * strlen("LISTEN 0      0      127.0.0.1:22 0.0.0.0:*\n") + 3);
	told_end(&told);
}

#define UFW(enabled)                                                            \
	PROGRAMS, {"/etc/ufw/ufw.conf", "ENABLED=" enabled "\nLOGLEVEL=low\n"}, \
	{                                                                       \
		"/etc/default/ufw", "IPV6=yes\nDEFAULT_INPUT_POLICY=\"DROP\"\n" \
				    "DEFAULT_OUTPUT_POLICY=\"ACCEPT\"\n"        \
				    "DEFAULT_FORWARD_POLICY=\"DROP\"\n"         \
				    "DEFAULT_APPLICATION_POLICY=\"SKIP\"\n"     \
	}

test(tells_ufw_by_its_files)
{
	static const struct told_file files[] = {
		UFW("yes"),
		{"/etc/ufw/user.rules",
		 "*filter\n### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in\n"
		 "### tuple ### deny any any 0.0.0.0/0 any 127.0.0.0/8 in\n"
		 "### tuple ### allow any any 0.0.0.0/0 any 0.0.0.0/0 in_lo\n"
		 "### tuple ### reject_log tcp 25 0.0.0.0/0 any 0.0.0.0/0 out comment=6869\n"
		 "### tuple ### nonsense\n"},
		{"/etc/ufw/user6.rules", "### tuple ### allow tcp 22 ::/0 any ::/0 OpenSSH - in\n"},
		{NULL, NULL}};
	static const struct told_case cases[] = {
		{"ufw status",
		 "Status: active\n\n"
		 "To                         Action      From\n"
		 "--                         ------      ----\n"
		 "22/tcp                     ALLOW       Anywhere                  \n"
		 "Anywhere                   DENY        127.0.0.0/8               \n"
		 "Anywhere on lo             ALLOW       Anywhere                  \n"
		 "OpenSSH (v6)               ALLOW       Anywhere (v6)             \n\n"
		 "25/tcp                     REJECT OUT  Anywhere                   (log) "
		 "# hi\n\n||0"},
		{"ufw status verbose",
		 "Status: active\nLogging: on (low)\n"
		 "Default: deny (incoming), allow (outgoing), disabled (routed)\n"
		 "New profiles: skip\n\n"
		 "To                         Action      From\n"
		 "--                         ------      ----\n"
		 "22/tcp                     ALLOW IN    Anywhere                  \n"
		 "Anywhere                   DENY IN     127.0.0.0/8               \n"
		 "Anywhere on lo             ALLOW IN    Anywhere                  \n"
		 "22/tcp (OpenSSH (v6))      ALLOW IN    Anywhere (v6)             \n\n"
		 "25/tcp                     REJECT OUT  Anywhere                   (log) "
		 "# hi\n\n||0"},
		{"ufw enable", "unknown"},
		{NULL, NULL}};
	told_all(files, false, cases);
	static const struct told_file off[] = {UFW("no"), {NULL, NULL}};
	static const struct told_case inactive[] = {{"ufw status verbose", "Status: inactive\n||0"},
						    {NULL, NULL}};
	told_all(off, false, inactive);
	static const struct told_file half[] = {UFW("yes"), {NULL, NULL}};
	struct told told = told_begin(half, false);
	assert_int_equal(strncmp(told_line(&told, "ufw status"), "error: ", 7), 0);
	told_end(&told);
}

/* A message of the kernel's about one table. */
static struct text table_message(struct buf *out, char family, const char *name)
{
	uint16_t len = (uint16_t)(4 + strlen(name) + 1), type = 1;
	uint32_t whole = (20u + len + 3u) & ~3u;
	size_t begin = out->len;
	buf_add(out, &whole, sizeof(whole));
	buf_add(out, "\0\0\0\0\0\0\0\0\0\0\0", 12);
	buf_char(out, family);
	buf_add(out, "\0\0", 3);
	buf_add(out, &len, sizeof(len));
	buf_add(out, &type, sizeof(type));
	buf_add(out, name, strlen(name) + 1);
	while (out->len - begin < whole)
		buf_char(out, '\0');
	return buf_view(out);
}

test(tells_rules_only_where_there_are_none)
{
	static const struct told_file files[] = {PROGRAMS, {NULL, NULL}};
	scoped(buf_end) struct buf one = {0};
	struct told told = told_begin(files, true);
	assert_int_equal(strncmp(told_line(&told, "nft list ruleset"), "skip: ", 6), 0);
	told_end(&told);

	told = told_begin(files, true);
	fixture_add_answer(told.fixture, TEXT("nftables tables"), TEXT(""));
	assert_string_equal(told_line(&told, "nft list ruleset"), "||0");
	assert_string_equal(told_line(&told, "iptables -S"),
			    "-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n||0");
	assert_string_equal(
		told_line(&told, "iptables -L INPUT -v -n"),
		"Chain INPUT (policy ACCEPT 0 packets, 0 bytes)\n pkts bytes target     "
		"prot opt in     out     source               destination         \n||0");
	assert_string_equal(told_line(&told, "iptables -F"), "unknown");
	told_end(&told);

	told = told_begin(files, true);
	fixture_add_answer(told.fixture, TEXT("nftables tables"), table_message(&one, 2, "filter"));
	assert_string_equal(told_line(&told, "nft list tables"), "table ip filter\n||0");
	assert_int_equal(strncmp(told_line(&told, "nft list ruleset"), "skip: ", 6), 0);
	assert_int_equal(strncmp(told_line(&told, "iptables -L"), "skip: ", 6), 0);
	assert_int_equal(strncmp(told_line(&told, "ip6tables -S"), "-P INPUT", 8), 0);
	told_end(&told);

	told = told_begin(files, true);
	fixture_add_answer(told.fixture, TEXT("nftables tables"),
			   (struct text){one.at, one.len - 9});
	assert_string_equal(told_line(&told, "nft list tables"),
			    "error: the kernel's tables are not what they should be");
	told_end(&told);
}
