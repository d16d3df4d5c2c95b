#include "told.h"

#define SSHD                          \
	{                             \
		"/usr/sbin/sshd", "x" \
	}
#define CONFIG "/etc/ssh/sshd_config"

/* Whether the line is among those that it prints. */
static void has(const char *says, const char *line)
{
	const char *found = strstr(says, unit_text("%s\n", line));
	if (!found)
		print_message("# not there: %s\n", line);
	assert_non_null(found);
	assert_true(found == says || found[-1] == '\n');
}

static const char *dump(const char *config, const char *line)
{
	const struct told_file files[] = {
		SSHD,
		{CONFIG, config},
		{"/etc/passwd", "root:x:0:0::/:/x\nann:x:7:7::/:/x\nsshd:x:1:1::/:/x\n"},
		{"/etc/group", "root:x:0:\nstaff:x:7:\nadm:x:4:ann\n"},
		{NULL, NULL}};
	struct told told = told_begin(files, false);
	const char *says = told_line(&told, line);
	told_end(&told);
	return says;
}

test(shows_what_is_in_force_with_the_built_in_rest)
{
	const char *says = dump("PermitRootLogin Prohibit-Password\nX11Forwarding YES\n"
				"x11forwarding no\nCiphers -aes*\nMaxStartups 5\nPort 22\n"
				"Port 2222\nListenAddress ::1\nAllowUsers a b\nAllowUsers c\n"
				"Banner None\nForceCommand /bin/x \"a  b\"\nRekeyLimit 16M 2m\n",
				"sshd -T");
	static const char *const lines[] = {
		"port 22",
		"port 2222",
		"listenaddress [::1]:22",
		"listenaddress [::1]:2222",
		"permitrootlogin without-password",
		"x11forwarding yes",
		"ciphers chacha20-poly1305@openssh.com",
		"maxstartups 5:30:5",
		"allowusers a",
		"allowusers c",
		"banner none",
		"forcecommand /bin/x \"a  b\"",
		"rekeylimit 16777216 120",
		"logingracetime 120",
		"pubkeyauthoptions none",
		"hostkey /etc/ssh/ssh_host_rsa_key",
	};
	for (size_t i = 0; i < array_len(lines); i++)
		has(says, lines[i]);
	assert_true(strlen(says) > 3000 && strcmp(says + strlen(says) - 3, "||0") == 0);
}

test(blocks_count_for_whom_they_are_meant)
{
	static const char config[] = "MaxSessions 2\nAllowUsers x\nMatch User root\n"
				     "MaxSessions 3\nAllowUsers y z\nMatch Group adm\n"
				     "MaxSessions 4\nMatch Address 10.0.0.0/8\nMaxSessions 5\n";
	static const struct {
		const char *line, *says;
	} cases[] = {{"sshd -T", "maxsessions 2"},
		     {"sshd -T -C user=root", "maxsessions 3"},
		     {"sshd -T -C user=root", "allowusers z"},
		     {"sshd -T -C user=ann", "maxsessions 4"},
		     {"sshd -T -C user=nobody", "maxsessions 2"},
		     {"sshd -T -C user=x,addr=10.9.9.9", "maxsessions 5"},
		     {"sshd -T -C user=root -C addr=10.9.9.9,host=h", "maxsessions 3"}};
	for (size_t i = 0; i < array_len(cases); i++)
		has(dump(config, cases[i].line), cases[i].says);
	assert_string_equal(dump(config, "sshd -T -C nonsense"),
			    "|Invalid test mode specification nonsense\n|1");
}

test(refuses_what_sshd_refuses)
{
	static const struct {
		const char *config, *says;
	} cases[] = {
		{"FooBar 1\n", ": line 1: Bad configuration option: FooBar\r\n" CONFIG
			       ": terminating, 1 bad configuration options\r\n"},
		{"\nPermitRootLogin maybe\n", " line 2: unsupported option \"maybe\".\r\n"},
		{"MaxAuthTries x\n", " line 1: MaxAuthTries integer value invalid.\r\n"},
		{"MACs foo\n", " line 1: Bad SSH2 mac spec 'foo'.\r\n"},
		{"Port 0\n", " line 1: Badly formatted port number.\r\n"},
		{"Banner \"a\n", " line 1: invalid quotes\r\n" CONFIG
				 ": terminating, 1 bad configuration options\r\n"},
		{"Match User x\nPort 3\n",
		 " line 2: Directive 'Port' is not allowed within a Match block\r\n"},
		{"UsePAM yes no\n",
		 " line 1: keyword UsePAM extra arguments at end of line\r\n" CONFIG
		 ": terminating, 1 bad configuration options\r\n"},
	};
	for (size_t i = 0; i < array_len(cases); i++)
		assert_string_equal(dump(cases[i].config, "sshd -T"),
				    unit_text("|" CONFIG "%s|255", cases[i].says));
	assert_string_equal(dump("Port 22\n", "sshd -T -f /nope"),
			    "|/nope: No such file or directory\n|1");
	assert_string_equal(dump("Port 22\n", "sshd -D"), "unknown");
	assert_int_equal(strncmp(dump("ListenAddress localhost\n", "sshd -T"), "error: ", 7), 0);
}

test(a_running_host_wants_keys_and_a_folder)
{
	static const struct told_file files[] = {SSHD,
						 {CONFIG, "HostKey /k\n"},
						 {"/etc/passwd", "sshd:x:1:1::/:/x\n"},
						 {NULL, NULL}};
	struct told told = told_begin(files, true);
	assert_string_equal(told_line(&told, "sshd -T"),
			    "|Unable to load host key: /k\r\nsshd: no hostkeys available -- "
			    "exiting.\r\n|1");
	told_end(&told);
	static const struct told_file more[] = {SSHD,
						{CONFIG, "HostKey /k\n"},
						{"/k", "x"},
						{"/etc/passwd", "sshd:x:1:1::/:/x\n"},
						{NULL, NULL}};
	told = told_begin(more, true);
	assert_string_equal(told_line(&told, "sshd -t"),
			    "|Missing privilege separation directory: /run/sshd\r\n|255");
	told_end(&told);
}

test(files_that_include_each_other_are_an_error)
{
	const char *says = dump("Include " CONFIG "\n", "sshd -T");
	assert_int_equal(strncmp(says, "error: ", 7), 0);
}
