#include "settings.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXTS 3
#define MOVED_MAX 8 /* folders that are elsewhere, behind links */

static const struct {
	const char *path;
	const char *texts[TEXTS];
} files[] = {
	{"etc/os-release", {"ID=one\n", "ID=two\nVERSION_ID=7\n", "ID=three\nID_LIKE=two\n"}},
	{"usr/lib/os-release", {"ID=two\n", "ID=one\n", ""}},
	{"etc/passwd",
	 {"root:x:0:0::/root:/bin/sh\nann:x:1:1::/home/ann:/bin/sh\n",
	  "root:x:0:0::/root:/bin/sh\nbob:x:1:2::/home/bob:/bin/sh\ntoor:x:0:0::/:/bin/sh\n",
	  "root:x:0:0::/home/ann:/bin/sh\nbroken\n"}},
	{"etc/group", {"root:x:0:\nadm:x:1:ann\n", "root:x:0:bob\n", "adm:x:2:bob,ann\n"}},
	{"etc/shadow", {"root:*:20000::::::\n", "root::20000:0:99999:7:::\n", "ann:!x:1::::::\n"}},
	{"etc/sysctl.conf", {"kernel.kptr_restrict=1\n", "kernel.kptr_restrict=2\n", ""}},
	{"etc/sysctl.d/10-a.conf", {"kernel.kptr_restrict=2\n", "# nothing\n", "broken\n"}},
	{"usr/lib/sysctl.d/10-a.conf",
	 {"kernel.kptr_restrict=0\n", "", "-kernel.kptr_restrict=2\n"}},
	{"run/sysctl.d/50-b.conf", {"kernel.kptr_restrict=1\n", "", "kernel/kptr_restrict=2\n"}},
	{"etc/modprobe.d/a.conf", {"install dccp /bin/true\n", "blacklist dccp\n", ""}},
	{"usr/lib/modprobe.d/a.conf", {"install dccp /bin/false\n", "alias x dccp\n", ""}},
	{"etc/systemd/system/x.service",
	 {"[Service]\nExecStart=/bin/x\n", "[Service]\nUser=ann\n",
	  "[Service]\nExecStart=/bin/y\n[Install]\nWantedBy=multi-user.target\n"}},
	{"usr/lib/systemd/system/x.service",
	 {"[Service]\nExecStart=/bin/z\n[Install]\nWantedBy=multi-user.target\n", "", "[Unit]\n"}},
	{"etc/systemd/system/x.service.d/o.conf",
	 {"[Service]\nUser=bob\n", "[Service]\nNoNewPrivileges=yes\n", ""}},
	{"run/systemd/system/x.service.d/p.conf", {"[Service]\nUser=daemon\n", "", "[Unit]\n"}},
	{"etc/systemd/system/multi-user.target.wants/x.service", {"", "[Unit]\n", "[Service]\n"}},
	{"usr/lib/systemd/system/t.timer",
	 {"[Timer]\nOnCalendar=daily\nUnit=x.service\n", "[Timer]\nOnBootSec=1h\n", ""}},
	{"etc/pam.d/login",
	 {"@include common-auth\n", "auth required pam_unix.so\n", "auth include common-auth\n"}},
	{"etc/pam.d/common-auth",
	 {"auth required pam_unix.so nullok\n", "auth sufficient pam_unix.so\n", ""}},
	{"usr/lib/pam.d/common-auth", {"auth required pam_deny.so\n", "", "auth\n"}},
	{"etc/sudoers",
	 {"@includedir /etc/sudoers.d\n", "root ALL=(ALL) NOPASSWD: ALL\n",
	  "#include /etc/sudoers.local\nann ALL=ALL\n"}},
	{"etc/sudoers.d/a", {"ann ALL=(ALL) NOPASSWD: ALL\n", "bob ALL=ALL\n", "broken\n"}},
	{"etc/sudoers.local", {"bob ALL=(ALL) NOPASSWD: ALL\n", "", "Defaults use_pty\n"}},
	{"etc/crontab", {"1 * * * * root /tmp/x\n", "MAILTO=ann\n", "2 * * * * ann /bin/y\n"}},
	{"etc/cron.d/job", {"1 * * * * root /tmp/z\n", "", "x\n"}},
	{"etc/cron.daily/job", {"#!/bin/sh\n", "", "x\n"}},
	{"var/spool/cron/crontabs/root", {"1 1 * * * /tmp/r\n", "", "2 1 * * * /bin/r\n"}},
	{"etc/fstab", {"x /tmp tmpfs nodev 0 0\n", "x /tmp tmpfs rw 0 0\n", ""}},
	{"root/.ssh/authorized_keys", {"ssh-ed25519 AAAA bad\n", "", "# none\n"}},
	{"home/ann/.ssh/authorized_keys", {"ssh-rsa AAAA bad\n", "", "# none\n"}},
	{"etc/ssh/sshd_config.d/k.conf",
	 {"AuthorizedKeysFile /keys/%u\n", "PermitRootLogin yes\n", "MaxAuthTries 3\n"}},
	{"keys/root", {"ssh-ed25519 AAAA other\n", "", "x\n"}},
	{"etc/audit/rules.d/a.rules", {"-w /etc/passwd -p wa -k id\n", "-D\n", ""}},
	{"etc/audit/audit.rules", {"-w /etc/passwd -p wa -k id\n", "-D\n", ""}},
	{"etc/selinux/config", {"SELINUX=enforcing\n", "SELINUX=disabled\n", ""}},
	{"etc/nftables.conf",
	 {"table inet f { chain i { type filter hook input priority 0; policy drop; } }\n",
	  "include \"/etc/nftables.d/*.nft\"\n", "table\n"}},
	{"etc/nftables.d/a.nft",
	 {"table inet f { chain i { type filter hook input priority 0; policy drop; } }\n", "",
	  "x\n"}},
	{"etc/apt/preferences.d/p", {"Package: *\nPin: origin x\nPin-Priority: 1\n", "", "x\n"}},
	{"etc/ssl/a.pem", {"-----BEGIN CERTIFICATE-----\n", "", "x\n"}},
	{"var/lib/dpkg/status.d/three",
	 {"Package: three\nStatus: install ok installed\nVersion: 1\n", "", "x\n"}},
	{"etc/yes.yaml", {"a: { b: [1, 2] }\n", "a: { b: [2] }\n", "a: {\n"}},
	{"etc/no.ini", {"[a]\nb=1\n", "[a]\nb=2\n[c]\n", "b=1\n"}},
};
#define FILES (sizeof(files) / sizeof(*files))

const char settings_policy[] =
	"---\n"
	"policy: host\n"
	"target: 'os:two'\n"
	"checks:\n"
	"  - { ref: os, level: low, name: n, test: { os: 'version:7' } }\n"
	"  - { ref: when, level: low, name: n, when: { package: two, installed: true },\n"
	"      test: { file: /etc/no.ini, exists: true } }\n"
	"---\n"
	"policy: settings\n"
	"checks:\n"
	"  - { ref: os2, level: low, name: n, test: { os: '*', every: { id: one } } }\n"
	"  - { ref: users, level: low, name: n, test: { users: '*', every: { uid: 0 } } }\n"
	"  - { ref: groups, level: low, name: n, test: { groups: 'members:ann', count: 0 } }\n"
	"  - { ref: shadow, level: low, name: n, test: { shadow: '*',"
	" every: { empty: false } } }\n"
	"  - { ref: sysctl, level: low, name: n, test: { sysctl: kernel.kptr_restrict,"
	" equals: 2 } }\n"
	"  - { ref: kmod, level: low, name: n, test: { kmod: dccp, loadable: false } }\n"
	"  - { ref: denied, level: low, name: n, test: { kmod: dccp, denied: true } }\n"
	"  - { ref: unit, level: low, name: n, test: { service: x, enabled: true } }\n"
	"  - { ref: masked, level: low, name: n, test: { service: x, masked: true } }\n"
	"  - { ref: unituser, level: low, name: n, test: { service: x, property: User,"
	" equals: bob } }\n"
	"  - { ref: privileges, level: low, name: n, test: { service: x,"
	" property: NoNewPrivileges, equals: \"yes\" } }\n"
	"  - { ref: services, level: low, name: n, test: { services: '*',"
	" every: { enabled: true } } }\n"
	"  - { ref: timers, level: low, name: n, test: { timers: '*', every: { user: ann } } }\n"
	"  - { ref: pam, level: low, name: n, test: { pam: login, stack: auth, module: pam_unix,"
	" control: required } }\n"
	"  - { ref: pams, level: low, name: n, test: { pam: '*', argument: nullok,"
	" exists: false } }\n"
	"  - { ref: sudo, level: low, name: n, test: { sudo_rules: '*',"
	" no: { tags: { contains: [NOPASSWD] } } } }\n"
	"  - { ref: cron, level: low, name: n, test: { cron: '*', every: { user: root } } }\n"
	"  - { ref: fstab, level: low, name: n, test: { mount: /tmp,"
	" fstab_options: { contains: [nodev] } } }\n"
	"  - { ref: mounts, level: low, name: n, test: { mounts: '*', count: 0 } }\n"
	"  - { ref: keys, level: low, name: n, test: { sshkeys: '*',"
	" every: { comment: other } } }\n"
	"  - { ref: audit, level: low, name: n, test: { audit_rules: 'key:id' } }\n"
	"  - { ref: selinux, level: low, name: n, test: { selinux: configured,"
	" equals: enforcing } }\n"
	"  - { ref: firewall, level: low, name: n, test: { firewall_rules: 'policy:drop' } }\n"
	"  - { ref: upgradable, level: low, name: n, test: { packages: '*',"
	" every: { upgradable: false } } }\n"
	"  - { ref: certificates, level: low, name: n, test: { certificates: '*', count: 0 } }\n"
	"  - { ref: three, level: low, name: n, test: { package: three } }\n"
	"  - { ref: yaml, level: low, name: n, test: { config: /etc/yes.yaml, key: a.b,"
	" contains: [1] } }\n"
	"  - { ref: ini, level: low, name: n, test: { config: /etc/no.ini, section: a, key: b,"
	" equals: 1 } }\n"
	"  - { ref: tries, level: low, name: n, test: { config: /etc/ssh/sshd_config,"
	" key: MaxAuthTries, at_most: 4 } }\n"
	"  - { ref: stat, level: low, name: n, test: { command: [stat, -c, \"%U\", /etc/no.ini],"
	" equals: root } }\n";

const char *const settings_commands[] = {
	"ls -la /a",
	"ls -lR /d",
	"ls -lt /a/b",
	"ls /a/f0 /a/b/c /d/f1",
	"ls -L /inc",
	"find /a -type f -perm -0002",
	"find /d /inc -nouser",
	"find /a -name f0 -size +1",
	"find /a -newer /d/f0",
	"find /d -lname \"*f1\"",
	"find /a /d -empty",
	"find /a -xdev -type l -ls",
	"grep -r good /a",
	"grep -rl bad /d --include=*.conf",
	"grep -c . /etc/passwd",
	"cat /inc/f2.conf",
	"cat /a/f0 /etc/no.ini",
	"stat -c \"%a %U %G %s\" /a/b/f1",
	"stat -L -c %a /d/f0",
	"head -1 /a/f1",
	"tail -n 1 /d/f1",
	"awk -F: \"{print $1}\" /etc/passwd",
	"cut -d: -f1 /etc/group",
	"sort /d/f1",
	"wc -l /a/f0",
	"readlink -f /a/f0",
	"readlink /d/f1",
	"realpath /d/f1",
	"test -e /a/f0",
	"test -x /d/e/f0",
	"sh -c \"for f in /a/*; do cat $f; done\"",
	"sh -c \"[ -s /a/f1 ] && grep -q good /a/f1 || cat /d/f0\"",
	"getent passwd ann",
	"getent group",
	"id ann",
	"groups bob",
	"chage -l root",
	"crontab -l",
	"dpkg -s one",
	"dpkg -l",
	"dpkg-query -W",
	"systemctl is-enabled x",
	"systemctl is-enabled t.timer",
	"systemctl show x",
	"systemctl cat x",
	"sysctl kernel.kptr_restrict",
	"modprobe -n -v dccp",
	"modprobe --showconfig",
	"sshd -T",
	"findmnt --fstab",
	"augenrules --check",
	"ufw status",
	"sestatus",
	NULL};

const char *const settings_programs[] = {
	"usr/bin/crontab",     "usr/bin/dpkg",    "usr/bin/dpkg-query", "usr/bin/systemctl",
	"usr/bin/findmnt",     "usr/sbin/sysctl", "usr/sbin/modprobe",  "usr/sbin/sshd",
	"usr/sbin/augenrules", "usr/sbin/ufw",    "usr/sbin/sestatus",  NULL};

size_t settings_checks(void)
{
	size_t count = 0;
	for (const char *at = settings_policy; (at = strstr(at, "{ ref: ")) != NULL; at++)
		count++;
	return count;
}

static void make_folders_of(const char *path)
{
	char above[512];
	for (const char *slash = path; (slash = strchr(slash, '/')) != NULL; slash++) {
		snprintf(above, sizeof(above), "%.*s", (int)(slash - path), path);
		mkdir(above, 0755);
	}
}

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_CLOEXEC, 0644);
	bool done = fd >= 0 && write(fd, text, strlen(text)) >= 0;
	if (fd >= 0)
		close(fd);
	return done;
}

static bool replace(const char *path, const char *text)
{
	return put("alt/new", text) && rename("alt/new", path) == 0;
}

/* The text goes elsewhere, and a link leads there. */
static bool lead(const char *path, const char *text, unsigned number)
{
	char to[64], target[80];
	snprintf(to, sizeof(to), "alt/file%u", number);
	snprintf(target, sizeof(target), "/%s", to);
	unlink("alt/link");
	return put(to, text) && symlink(target, "alt/link") == 0 && rename("alt/link", path) == 0;
}

/* Its folder goes elsewhere, and a link leads there, or nothing does. "etc" and its like stay. */
static bool move_folder(const char *path, unsigned number, bool is_linked)
{
	char folder[256], to[64], target[80];
	snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path, '/') - path), path);
	snprintf(to, sizeof(to), "alt/folder%u", number);
	snprintf(target, sizeof(target), "/%s", to);
	return strchr(folder, '/') && rename(folder, to) == 0 &&
	       (!is_linked || symlink(target, folder) == 0);
}

static bool change_one(unsigned (*pick)(unsigned below), unsigned how, size_t i, const char *text)
{
	const char *path = files[i].path;
	unsigned number = pick(MOVED_MAX);
	switch (how) {
	case 0:
		return unlink(path) == 0;
	case 1:
		return lead(path, text, number);
	case 2:
		return move_folder(path, number, true);
	case 3:
		return move_folder(path, number, false);
	case 4:
		return chmod(path, pick(2) ? 0644 : 0755) == 0;
	case 5:
		unlink(path);
		return symlink("/dev/null", path) == 0; /* a masked unit */
	case 6:
	case 7:
	case 8:
		return replace(path, text);
	default:
		return put(path, text);
	}
}

bool settings_change(unsigned (*pick)(unsigned below), char *said, size_t size)
{
	static const char *const words[] = {"deleted",      "linked",       "folder linked",
					    "folder moved", "chmod",        "masked",
					    "renamed over", "renamed over", "renamed over",
					    "written",      "written",      "written"};
	size_t i = pick(FILES);
	unsigned how = pick(sizeof(words) / sizeof(*words));
	mkdir("alt", 0755);
	make_folders_of(files[i].path);
	snprintf(said, size, "%s %s", files[i].path, words[how]);
	return change_one(pick, how, i, files[i].texts[pick(TEXTS)]);
}
