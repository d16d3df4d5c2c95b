/* Rows of the command table that parse files and the kernel's answers of their own: the first byte
 * says which. */
#include "assess/command/native.h"
#include "assess/engine/fixture.h"

#include <string.h>

#include "fuzz.h"

static const struct {
	const char *program, *path, *question; /* the bytes are a file's, or an answer */
	const char *words[5];
} targets[] = {
	{"/usr/bin/dpkg-query", "/var/lib/dpkg/status", NULL, {"dpkg-query", "-l", "*"}},
	{"/usr/bin/dpkg-query", "/var/lib/dpkg/status", NULL, {"dpkg-query", "-s"}},
	{"/usr/sbin/sshd", "/etc/ssh/sshd_config", NULL, {"sshd", "-T", "-C", "user=a,addr=::1"}},
	{"/usr/sbin/auditctl", NULL, "audit-rules", {"auditctl", "-l"}},
	{"/usr/sbin/auditctl", NULL, "audit-status", {"auditctl", "-s"}},
	{"/usr/sbin/nft", NULL, "nftables tables", {"nft", "list", "tables"}},
	{"/usr/sbin/ufw", "/etc/ufw/user.rules", NULL, {"ufw", "status", "numbered"}},
	{"/usr/bin/ss", "/proc/net/tcp", NULL, {"ss", "-ltn"}},
	{"/usr/bin/netstat", "/proc/net/tcp", NULL, {"netstat", "-tan"}},
	{"/usr/bin/ps", "/proc/7/stat", NULL, {"ps", "aux"}},
	{"/usr/sbin/modprobe", "/etc/modprobe.d/a.conf", NULL, {"modprobe", "-n", "-v", "a"}},
	{"/usr/sbin/modprobe", "/lib/modules/1/modules.dep", NULL, {"modprobe", "-n", "-v", "a"}},
	{"/usr/bin/findmnt", "/proc/1/mountinfo", NULL, {"findmnt"}},
	{"/usr/bin/lsmod", "/proc/modules", NULL, {"lsmod"}},
	{"/usr/sbin/aa-status", "/sys/kernel/security/apparmor/profiles", NULL, {"aa-status"}},
	{"/usr/sbin/augenrules", "/etc/audit/rules.d/a.rules", NULL, {"augenrules", "--check"}},
	{"/usr/bin/rpm", "/var/lib/rpm/rpmdb.sqlite", NULL, {"rpm", "-qa"}},
	{"/usr/bin/dpkg-query", NULL, "format", {"dpkg-query", "-W", "-f"}}, /* a word */
};

static const struct {
	const char *path, *text;
} files[] = {
	{"/proc/7/status", "Name:\ta\nPPid:\t1\nUid:\t0\t0\t0\t0\nCapEff:\t0\n"},
	{"/proc/7/cmdline", "a"},
	{"/proc/7/exe", "a"},
	{"/proc/stat", "btime 1\n"},
	{"/proc/uptime", "1.00 1.00\n"},
	{"/proc/meminfo", "MemTotal: 1 kB\n"},
	{"/proc/sys/kernel/osrelease", "1\n"},
	{"/lib/modules/1/modules.alias", "alias b* a\n"},
	{"/sys/module/apparmor/parameters/enabled", "Y\n"},
	{"/etc/ufw/ufw.conf", "ENABLED=yes\n"},
	{"/etc/passwd", "sshd:x:1:1::/:/x\n"},
	{"/etc/ssh/ssh_host_rsa_key", "x"},
	{"/run/sshd/x", "x"},
};

static void check(const struct native_call *call)
{
	struct native_answer answer;
	if (!native_run(call, &answer))
		return;
	if (answer.outcome != NATIVE_PRINTED)
		must(answer.reason.len > 0);
	must(answer.outcome != NATIVE_NO_PROGRAM);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct err err = {0};
	if (len == 0)
		return 0;
	size_t which = bytes[0] % array_len(targets), count = 0;
	struct text text = {(const char *)bytes + 1, len - 1}, words[6];
	scoped(fixture_free) struct fixture *fixture = fixture_new();
	for (size_t i = 0; i < array_len(files); i++)
		must(fixture_add_text(fixture, files[i].path, text_of(files[i].text), &err));
	struct fixture_file program = {.path = text_of(targets[which].program),
				       .kind = GATHER_FILE,
				       .content = TEXT("x"),
				       .mode = 0755};
	must(fixture_add(fixture, &program, &err));
	if (targets[which].path && !fixture_add_text(fixture, targets[which].path, text, &err))
		return 0;
	if (targets[which].question)
		fixture_add_answer(fixture, text_of(targets[which].question), text);
	fixture_add_answer(fixture, TEXT("audit-features"), text);
	scoped(gather_free) struct gather *gather = fixture_gather(
		fixture, &(struct gather_config){.running = true});
	for (; count < array_len(targets[which].words) && targets[which].words[count]; count++)
		words[count] = text_of(targets[which].words[count]);
	if (targets[which].question && strcmp(targets[which].question, "format") == 0)
		words[count++] = text;
	check(&(struct native_call){.gather = gather, .argv = words, .argc = count});
	return 0;
}
