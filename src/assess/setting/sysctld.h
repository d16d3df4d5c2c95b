/* sysctld.h: kernel settings as configured on disk, by the precedence of sysctl.d(5).
 *
 * Files of /etc/sysctl.d, /run/sysctl.d, /usr/local/lib/sysctl.d and /usr/lib/sysctl.d mask those
 * of the same name in later folders and are read by name; /etc/sysctl.conf counts where a link
 * there leads to it, as Debian's does. A key that is spelt out goes before patterns; `-pattern`
 * alone takes a key out of them; the last one wins. */
#pragma once
#include "assess/setting/setting.h"

/* The path below /proc/sys that a key means: net.ipv4.ip_forward and net/ipv4/ip_forward are one,
 * and so are net.ipv4.conf.eth0/100.rp_filter and net/ipv4/conf/eth0.100/rp_filter. In arena. */
must_use struct text sysctld_path(struct arena *arena, struct text key);

must_use bool sysctld_read(struct gather *gather, struct text key, struct settings *settings,
			   struct err *err);

/* The same of one file alone. */
must_use bool sysctld_read_file(struct gather *gather, struct text path, struct text key,
				struct settings *settings, struct err *err);

/* The value with each run of white space as one space: "4096\t131072\t6291456" and "4096 131072
 * 6291456" are one. */
must_use struct text sysctld_value(struct arena *arena, struct text value);
