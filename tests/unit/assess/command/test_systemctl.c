#include "told.h"

#define LIB "/usr/lib/systemd/system/"
#define ETC "/etc/systemd/system/"
#define UNIT "[Service]\nExecStart=/x\n[Install]\nWantedBy=multi-user.target\n"
#define UNBOOTED                                                                            \
	"|System has not been booted with systemd as init system (PID 1). Can't operate.\n" \
	"Failed to connect to bus: Host is down\n|1"

#define FILES                                                                             \
	{"/usr/bin/systemctl", "x"}, {LIB "on.service", UNIT}, {LIB "off.service", UNIT}, \
		{LIB "masked.service", UNIT}, {LIB "bare.service", "[Service]\n"},        \
		{ETC "multi-user.target.wants/on.service", "->" LIB "on.service"},        \
		{ETC "masked.service", "->/dev/null"},                                    \
		{ETC "alias.service", "->" LIB "on.service"},                             \
		{ETC "default.target", "->" LIB "graphical.target"},                      \
	{                                                                                 \
		LIB "graphical.target", "[Unit]\n"                                        \
	}

test(tells_states_of_unit_files)
{
	static const struct told_file files[] = {FILES, {NULL, NULL}};
	static const struct told_case cases[] = {
		{"systemctl is-enabled on", "enabled\n||0"},
		{"systemctl is-enabled off.service", "disabled\n||1"},
		{"systemctl is-enabled masked", "masked\n||1"},
		{"systemctl is-enabled bare", "static\n||0"},
		{"systemctl is-enabled alias", "alias\n||0"},
		{"systemctl is-enabled off on", "disabled\nenabled\n||0"},
		{"systemctl is-enabled on nope off",
		 "enabled\n|Failed to get unit file state for nope.service: No such file or "
		 "directory\n|1"},
		{"systemctl -q is-enabled on", "||0"},
		{"systemctl is-enabled \"chrony.service\\\"\"",
		 "|Invalid unit name \"chrony.service\"\" escaped as \"chrony.service\\x22\" "
		 "(maybe "
		 "you should use systemd-escape?).\nFailed to get unit file state for "
		 "chrony.service\\x22.service: No such file or directory\n|1"},
		{"systemctl is-enabled /etc/passwd",
		 "|Failed to get unit file state for /etc/passwd: Invalid argument\n|1"},
		{"systemctl is-enabled a/b", "unknown"},
		{"systemctl get-default", "graphical.target\n||0"},
		{"systemctl restart on", "unknown"},
		{"systemctl is-active on",
		 "skip: what systemd knows of its units: that needs the running system"},
		{NULL, NULL}};
	told_all(files, false, cases);
}

test(without_systemd_it_says_so)
{
	static const struct told_file files[] = {FILES, {NULL, NULL}};
	static const struct told_case cases[] = {{"systemctl is-active on", UNBOOTED},
						 {"systemctl status on off", UNBOOTED},
						 {"systemctl", UNBOOTED},
						 {"systemctl show -p ActiveState on", UNBOOTED},
						 {"systemctl is-system-running", "offline\n||1"},
						 {NULL, NULL}};
	told_all(files, true, cases);
}

test(tells_what_runs_by_systemds_own_links)
{
	static const struct told_file files[] = {
		FILES,
		{"/run/systemd/system/x", ""},
		{"/run/systemd/units/invocation:on.service", "->0123"},
		{"/proc/1/mountinfo", "27 1 254:0 / / rw - ext4 /dev/vda rw\n"
				      "28 27 0:9 / /dev/shm rw - tmpfs tmpfs rw\n"},
		{NULL, NULL}};
	static const struct told_case cases[] = {
		{"systemctl is-active on", "active\n||0"},
		{"systemctl is-active off on", "inactive\nactive\n||0"},
		{"systemctl is-active off", "inactive\n||3"},
		{"systemctl is-active dev-shm.mount", "active\n||0"},
		{"systemctl is-active tmp.mount", "inactive\n||3"},
		{"systemctl is-failed off", "error: whether it failed, systemd alone knows"},
		{"systemctl status on",
		 "skip: systemctl status: what it prints, systemd alone knows"},
		{NULL, NULL}};
	told_all(files, true, cases);
}

test(a_later_systemd_says_not_found)
{
	static const struct told_file files[] = {
		FILES, {"/usr/lib/systemd/libsystemd-shared-255.so", "x"}, {NULL, NULL}};
	static const struct told_case cases[] = {
		{"systemctl is-enabled nope", "not-found\n||4"},
		{"systemctl is-enabled nope on", "not-found\nenabled\n||0"},
		{NULL, NULL}};
	told_all(files, false, cases);
}

test(scripts_of_old_are_asked_for_their_links)
{
	static const struct told_file files[] = {FILES,
						 {"/etc/init.d/old", "#!/bin/sh\n"},
						 {"/etc/init.d/new", "#!/bin/sh\n"},
						 {"/etc/rc5.d/S01old", "->../init.d/old"},
						 {"/lib/systemd/systemd-sysv-install", "x"},
						 {NULL, NULL}};
	static const struct told_case cases[] = {
		{"systemctl is-enabled old",
		 "enabled\n|old.service is not a native service, redirecting to "
		 "systemd-sysv-install.\nExecuting: /lib/systemd/systemd-sysv-install is-enabled "
		 "old\n|0"},
		{"systemctl -q is-enabled new", "||1"},
		{NULL, NULL}};
	told_all(files, false, cases);
}

test(units_that_stand_for_each_other_are_an_error)
{
	static const struct told_file files[] = {{"/usr/bin/systemctl", "x"},
						 {ETC "a.service", "->b.service"},
						 {ETC "b.service", "->a.service"},
						 {NULL, NULL}};
	struct told told = told_begin(files, false);
	const char *says = told_line(&told, "systemctl is-enabled a");
	assert_int_equal(strncmp(says, "error: ", 7), 0);
	told_end(&told);
}
