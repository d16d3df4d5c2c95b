#include "assess/command/native.h"

#include <string.h>

#include "assess/command/split.h"
#include "assess/engine/fixture.h"
#include "unit.h"

#define NOW_US (INT64_C(1800000000) * TIME_SECOND_US)

static struct fixture *fixture;
static struct gather *gather;
static struct native_answer answer;

static void add(const char *path, enum gather_kind kind, const char *content, uint32_t mode,
		uint32_t uid)
{
	struct err err = {0};
	const struct fixture_file file = {.path = text_of(path),
					  .kind = kind,
					  .content = text_of(content),
					  .mode = mode,
					  .uid = uid,
					  .gid = uid,
					  .mtime_us = NOW_US - TIME_DAY_US};
	assert_true(fixture_add(fixture, &file, &err));
}

static void make_host(bool running)
{
	const struct gather_config config = {.running = running, .now_us = NOW_US};
	gather_free(&gather);
	fixture_free(&fixture);
	fixture = fixture_new();
	add("/etc/passwd", GATHER_FILE,
	    "root:x:0:0:root:/root:/bin/bash\nalice:x:1000:1000::/home/alice:/bin/sh\n"
	    "broken\n+nis\neve:x:0:0:::\n",
	    0644, 0);
	add("/etc/group", GATHER_FILE, "root:x:0:\nalice:x:1000:\nsudo:x:27:alice,bob\n", 0644, 0);
	add("/etc/shadow", GATHER_FILE,
	    "root:!:20000:0:99999:7:::\nalice:$6$salt$hash:20000:1:90:7:30:21000:\n", 0640, 0);
	add("/etc/default/useradd", GATHER_FILE,
	    "# INACTIVE=-1\nSHELL=/bin/sh\nINACTIVE=30\nGROUP=sudo\n", 0644, 0);
	add("/d/plain", GATHER_FILE, "one\ntwo\n\nthree three\n", 0644, 1000);
	add("/d/setuid", GATHER_FILE, "", 04755, 0);
	add("/d/sticky", GATHER_FOLDER, "", 01777, 4242);
	add("/d/link", GATHER_LINK, "plain", 0777, 0);
	add("/d/dangling", GATHER_LINK, "nowhere", 0777, 0);
	add("/d/loop", GATHER_LINK, "loop", 0777, 0);
	add("/d/it's $odd\n", GATHER_FILE, "", 0600, 0);
	add("/d/sub/x.conf", GATHER_FILE, "one = 1\n", 0640, 0);
	add("/usr/bin/ls", GATHER_FILE, "x", 0755, 0);
	gather = fixture_gather(fixture, &config);
}

/* Standard output, then standard error behind a !, then the status behind a ?. */
static const char *ask(const char *line, const char *piped)
{
	static struct arena *arena;
	const struct text *argv;
	size_t argc;
	struct err err = {0};
	struct text input = text_of(piped);
	if (!arena)
		arena = arena_new(64u * 1024 * 1024);
	assert_true(command_split(text_of(line), arena, &argv, &argc, &err));
	const struct native_call call = {
		.gather = gather, .argv = argv, .argc = argc, .input = piped ? &input : NULL};
	bool known = native_knows(argv, argc);
	if (!native_run(&call, &answer))
		return "unknown";
	assert_true(known || text_find(text_of(line), TEXT("nosuch"), &(size_t){0}));
	if (answer.outcome != NATIVE_PRINTED)
		return arena_print(arena, "%d: %.*s", (int)answer.outcome, TEXT_ARG(answer.reason));
	return arena_print(arena, "%.*s%s%.*s%s%d", TEXT_ARG(answer.out), answer.err.len ? "!" : "",
			   TEXT_ARG(answer.err), answer.exit ? "?" : "", answer.exit);
}

struct example {
	const char *line, *printed; /* with 0 at the end when it exits so */
};

static void all(const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *printed = ask(examples[i].line, "b:2\na:1\na:1\n");
		if (strcmp(printed, examples[i].printed) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", examples[i].line, printed,
				 examples[i].printed);
	}
}

test(shows_files_as_they_are)
{
	static const struct example examples[] = {
		{"stat -c \"%a %U %G %F\" /d/plain", "644 alice alice regular file\n0"},
		{"stat -c %a%U /d/sticky", "1777UNKNOWN\n0"},
		{"stat -Lc %s%F /d/link /d/setuid", "21regular file\n0regular empty file\n0"},
		{"stat -c %N /d/link", "'/d/link' -> 'plain'\n0"},
		{"stat -c %A /d/setuid /d/sticky", "-rwsr-xr-x\ndrwxrwxrwt\n0"},
		{"stat -Lc %n /d/dangling /d/plain",
		 "/d/plain\n!stat: cannot statx '/d/dangling': No such file or directory\n?1"},
		{"stat -Lc %n /d/loop",
		 "!stat: cannot statx '/d/loop': Too many levels of symbolic links\n?1"},
		{"stat -c %n /d/plain/x", "!stat: cannot statx '/d/plain/x': Not a directory\n?1"},
		{"stat -c %y /d/plain", "2027-01-14 08:00:00.000000000 +0000\n0"},
		{"stat -c %C /d/plain", "unknown"},
		{"stat plain", "unknown"},
		{"stat", "unknown"},
		{"ls -ld /d/sticky", "drwxrwxrwt 1 4242 4242 0 Jan 14 08:00 /d/sticky\n0"},
		{"ls /d/sub /d/plain", "/d/plain\n\n/d/sub:\nx.conf\n0"},
		{"ls -l /d/link", "lrwxrwxrwx 1 root root 5 Jan 14 08:00 /d/link -> plain\n0"},
		{"ls /nope", "!ls: cannot access '/nope': No such file or directory\n?2"},
		{"ls", "unknown"},
		{"readlink -f /d/link", "/d/plain\n0"},
		{"readlink -f /d/loop", "?1"},
		{"which ls nosuch", "/usr/bin/ls\n?1"},
		{"test -u /d/setuid", "0"},
		{"[ -k /d/plain ]", "?1"},
	};
	make_host(false);
	all(examples, array_len(examples));
}

test(finds_what_is_there)
{
	static const struct example examples[] = {
		{"find /d -perm -4000", "/d/setuid\n0"},
		{"find /d/ -nouser", "/d/sticky\n0"},
		{"find /d -name *.conf -o -type l -name d*", "/d/dangling\n/d/sub/x.conf\n0"},
		{"find /d -path /d/sub -prune -o -name x*", "/d/sub\n0"},
		{"find /d -maxdepth 1 -user alice -printf %f:%m", "plain:6440"},
		{"find /d -name plain -exec stat -c %a {} ;", "644\n0"},
		{"find /d -name plain -exec grep -c three {} +", "1\n0"},
		{"find /d -name \"*odd*\" -print0", "/d/it's $odd\n0"},
		{"find /nope", "!find: '/nope': No such file or directory\n?1"},
		{"find /d -user nobody", "!find: 'nobody' is not the name of a known user\n?1"},
		{"find /d -delete", "unknown"},
		{"find /d -exec rm {} ;", "unknown"},
		{"find . -name x", "unknown"},
		{"find /d ( -name x", "unknown"},
	};
	make_host(false);
	all(examples, array_len(examples));
}

test(works_on_text)
{
	static const struct example examples[] = {
		{"grep -n t.o /d/plain", "2:two\n0"},
		{"grep -c one /d/plain /d/sub/x.conf", "/d/plain:1\n/d/sub/x.conf:1\n0"},
		{"grep -rl one /d", "/d/plain\n/d/sub/x.conf\n0"},
		{"grep a", "a:1\na:1\n0"},
		{"grep -E (a /d/plain", "unknown"},
		{"grep x /nope", "!grep: /nope: No such file or directory\n?2"},
		{"sort -u", "a:1\nb:2\n0"},
		{"sort -t: -k2nr", "b:2\na:1\na:1\n0"},
		{"uniq -c", "      1 b:2\n      2 a:1\n0"},
		{"cut -d: -f2", "2\n1\n1\n0"},
		{"tr a-b A-B", "B:2\nA:1\nA:1\n0"},
		{"wc -l", "3\n0"},
		{"head -1", "b:2\n0"},
		{"tail -n +3", "a:1\n0"},
		{"awk -F: {s+=$2}END{print(s)}", "4\n0"},
		{"awk {system(1)}", "unknown"},
		{"awk {while(1)print}", "unknown"},
		{"cat /d/plain /nope",
		 "one\ntwo\n\nthree three\n!cat: /nope: No such file or directory\n?1"},
		{"sh -c \"sort | uniq -d | tr -d '\\\\n'; echo \\\":$?\\\"\"", "a:1:0\n0"},
		{"sh -c \"for f in /d/s*; do echo $f; done\"", "/d/setuid\n/d/sticky\n/d/sub\n0"},
		{"sh -c \"nosuch | wc -l\"", "0\n!sh: 1: nosuch: not found\n0"},
		{"bash -c \"nosuch\"", "!bash: line 1: nosuch: command not found\n?127"},
		{"sh -c \"echo x > /d/plain\"", "unknown"},
		{"sh -c \"while true; do :; done\"", "3: more than 20000 commands"},
		{"xargs -n1 echo x", "x b:2\nx a:1\nx a:1\n0"},
	};
	make_host(false);
	all(examples, array_len(examples));
}

test(tells_of_accounts)
{
	static const struct example examples[] = {
		{"passwd -S root", "root L 2024-10-04 0 99999 7 -1\n0"},
		{"passwd -S alice", "alice P 2024-10-04 1 90 7 30\n0"},
		{"passwd -S nosuch", "!passwd: user 'nosuch' does not exist\n?1"},
		{"passwd root", "unknown"},
		{"useradd -D",
		 "GROUP=27\nHOME=/home\nINACTIVE=30\nEXPIRE=\nSHELL=/bin/sh\nSKEL=/etc/"
		 "skel\nCREATE_MAIL_SPOOL=no\nLOG_INIT=yes\n0"},
		{"useradd bob", "unknown"},
		{"groups alice", "alice : alice sudo\n0"},
		{"id alice", "uid=1000(alice) gid=1000(alice) groups=1000(alice),27(sudo)\n0"},
		{"getent passwd 1000 nosuch", "alice:x:1000:1000::/home/alice:/bin/sh\n?2"},
		{"getent passwd",
		 "root:x:0:0:root:/root:/bin/bash\nalice:x:1000:1000::/home/alice:/bin/"
		 "sh\neve:x:0:0:::\n0"},
		{"hostname", "2: hostname asks the running system"},
	};
	make_host(false);
	all(examples, array_len(examples));
}

test(speaks_as_red_hat_where_it_is)
{
	static const struct example examples[] = {
		{"passwd -S root", "root LK 2024-10-04 0 99999 7 -1 (Password locked.)\n0"},
		{"passwd -S alice",
		 "alice PS 2024-10-04 1 90 7 30 (Password set, SHA512 crypt.)\n0"},
	};
	make_host(false);
	add("/etc/redhat-release", GATHER_FILE, "Some Linux release 9.4 (Plow)\n", 0644, 0);
	all(examples, array_len(examples));
	add("/etc/redhat-release", GATHER_FILE, "Some Linux release 10.0\n", 0644, 0);
	gather_free(&gather);
	gather = fixture_gather(fixture, &(struct gather_config){.now_us = NOW_US});
	assert_string_equal(ask("passwd -S root", NULL), "root L 2024-10-04 0 99999 7 -1\n0");
}

test(keeps_secrets)
{
	static const char *const tells[] = {"cat /etc/shadow", "grep root /etc/shadow",
					    "sh -c \"cut -d: -f1 /etc/shadow | sort\"",
					    "getent shadow root",
					    "find /etc -name shadow -exec cat {} +"};
	static const char *const hides[] = {"passwd -S root", "stat -c %a /etc/shadow",
					    "chage -l alice", "ls -l /etc/shadow"};
	make_host(false);
	for (size_t i = 0; i < array_len(tells); i++) {
		assert_string_not_equal(ask(tells[i], NULL), "unknown");
		assert_true(answer.secret);
	}
	for (size_t i = 0; i < array_len(hides); i++) {
		assert_string_not_equal(ask(hides[i], NULL), "unknown");
		assert_false(answer.secret);
	}
}

test(has_limits)
{
	make_host(false);
	char *big = mem_new(1, (size_t)NATIVE_PRINTED_MAX / 2 + 2);
	memset(big, 'a', (size_t)NATIVE_PRINTED_MAX / 2);
	big[NATIVE_PRINTED_MAX / 2] = '\n';
	add("/d/big", GATHER_FILE, big, 0644, 0);
	assert_int_equal(strlen(ask("grep -c a /d/big", NULL)), 3);
	assert_string_equal(ask("cat /d/big /d/big", NULL), "3: it would print more than 16 MiB");
	assert_string_equal(ask("sh -c \"cat /d/big /d/big | wc -c\"", NULL),
			    "3: it would print more than 16 MiB");
	mem_free(&big);
	gather_free(&gather);
	fixture_free(&fixture);
}
