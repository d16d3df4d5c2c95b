#include "told.h"

#define PROGRAMS                      \
	{"/usr/bin/findmnt", "x"},    \
	{                             \
		"/usr/bin/mount", "x" \
	}
#define INFO                                                           \
	"22 27 0:21 / /proc rw,relatime - proc proc rw\n"              \
	"27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard\n"      \
	"24 27 0:6 / /dev rw,nosuid - devtmpfs devtmpfs rw,mode=755\n" \
	"25 24 0:23 / /dev/shm rw,noexec - tmpfs tmpfs rw\n"           \
	"30 27 254:0 /srv/data /mnt/a\\040b ro - ext4 /dev/vda rw,discard\n"

test(shows_mounts_as_findmnt_and_mount_do)
{
	static const struct told_file files[] = {
		PROGRAMS,
		{"/proc/1/mountinfo", INFO},
		{"/etc/fstab", "# x\nUUID=1 / ext4 errors=remount-ro 0 1\ntmpfs /tmp tmpfs "
			       "nodev,nosuid 0 0\n"},
		{"/dev/disk/by-label/ROOT", "->../../vda"},
		{NULL, NULL}};
	static const struct told_case cases[] = {
		{"findmnt --kernel /dev/shm",
		 "TARGET   SOURCE FSTYPE OPTIONS\n/dev/shm tmpfs  tmpfs  rw,noexec\n||0"},
		{"findmnt -kn /dev/shm/", "/dev/shm tmpfs  tmpfs  rw,noexec\n||0"},
		{"findmnt -kn /var/tmp", "||1"},
		{"findmnt -n -o OPTIONS,TARGET /dev", "rw,nosuid,mode=755 /dev\n||0"},
		{"findmnt -nr /dev/vda", "/ /dev/vda ext4 rw,relatime,discard\n"
					 "/mnt/a\\x20b /dev/vda[/srv/data] ext4 ro,discard\n||0"},
		{"findmnt -no TARGET", "/\n|-/proc\n|-/dev\n| `-/dev/shm\n`-/mnt/a b\n||0"},
		{"findmnt -P -o source,fsroot \"/mnt/a b\"",
		 "SOURCE=\"/dev/vda[/srv/data]\" FSROOT=\"/srv/data\"\n||0"},
		{"findmnt --fstab -n /tmp", "/tmp   tmpfs  tmpfs  nodev,nosuid\n||0"},
		{"findmnt -o NOPE", "unknown"},
		{"findmnt --verify", "unknown"},
		{"mount -t tmpfs", "tmpfs on /dev/shm type tmpfs (rw,noexec)\n||0"},
		{"mount -l -t ext4", "/dev/vda on / type ext4 (rw,relatime,discard) [ROOT]\n"
				     "/dev/vda on /mnt/a b type ext4 (ro,discard) [ROOT]\n||0"},
		{"mount /dev/vda /mnt", "unknown"},
		{NULL, NULL}};
	told_all(files, true, cases);
}

test(a_tree_has_only_its_fstab)
{
	static const struct told_file files[] = {
		PROGRAMS, {"/etc/fstab", "tmpfs /tmp tmpfs nodev 0 0\n"}, {NULL, NULL}};
	static const struct told_case cases[] = {
		{"findmnt -kn /tmp", "skip: what is mounted: that needs the running system"},
		{"mount", "skip: what is mounted: that needs the running system"},
		{"findmnt -sn /tmp", "/tmp   tmpfs  tmpfs  nodev\n||0"},
		{NULL, NULL}};
	told_all(files, false, cases);
}

test(mounts_in_a_circle_end)
{
	static const struct told_file files[] = {
		PROGRAMS,
		{"/proc/1/mountinfo", "1 2 0:1 / /a rw - x x rw\n2 1 0:1 / /b rw - x x rw\n"
				      "3 3 0:1 / / rw - x x rw\nhalf a li"},
		{NULL, NULL}};
	static const struct told_case cases[] = {{"findmnt -no TARGET", "/\n||0"}, {NULL, NULL}};
	told_all(files, true, cases);
	static const struct told_file twins[] = {
		PROGRAMS,
		{"/proc/1/mountinfo", "1 1 0:1 / / rw - x x rw\n1 1 0:1 / /a rw - x x rw\n"
				      "1 1 0:1 / /b rw - x x rw\n"},
		{NULL, NULL}};
	struct told told = told_begin(twins, true);
	assert_non_null(strstr(told_line(&told, "findmnt -no TARGET"), "||"));
	told_end(&told);
}
