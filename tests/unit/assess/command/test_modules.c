#include "told.h"

#define MODPROBE                       \
	{"/usr/sbin/modprobe", "x"},   \
	{                              \
		"/usr/sbin/lsmod", "x" \
	}
#define LIB "/lib/modules/6.1/"
#define CONF "/etc/modprobe.d/a.conf"

#define RULES                                                                                     \
	{                                                                                         \
		CONF, "install cramfs /bin/true\ninstall usb-storage /bin/false # x\n"            \
		      "blacklist udf\nblacklist alia\noptions cramfs a=1\noptions cramfs b=2\n"   \
		      "alias fs-cramfs cramfs\nalias ali alia\nsoftdep soft pre: two post: one\n" \
	}
#define KERNEL                                                                                \
	{LIB "modules.dep", "fs/udf.ko.xz: lib/two.ko lib/one.ko\nlib/one.ko:\nlib/two.ko:\n" \
			    "fs/soft.ko:\nfs/alia.ko:\n"},                                    \
		{LIB "modules.builtin", "fs/ext4.ko\n"},                                      \
	{                                                                                     \
		LIB "modules.alias", "alias fs-udf udf\nalias pci:v1* two\n"                  \
	}

static const struct told_case common[] = {
	{"modprobe -n -v cramfs", "install /bin/true a=1 b=2 \n||0"},
	{"modprobe -n -v fs-cramfs", "install /bin/true a=1 b=2 \n||0"},
	{"modprobe -nv usb_storage", "install /bin/false # x \n||0"},
	{"modprobe -n cramfs", "||0"},
	{"modprobe -n -v cramfs c=3", "install /bin/true a=1 b=2 c=3\n||0"},
	{"modprobe -n -v udf", "insmod /lib/modules/6.1/lib/one.ko \n"
			       "insmod /lib/modules/6.1/lib/two.ko \n"
			       "insmod /lib/modules/6.1/fs/udf.ko.xz \n||0"},
	{"modprobe -n -v soft", "insmod /lib/modules/6.1/lib/two.ko \n"
				"insmod /lib/modules/6.1/fs/soft.ko \n"
				"insmod /lib/modules/6.1/lib/one.ko \n||0"},
	{"modprobe -n -v -b udf", "||0"},
	{"modprobe -n -v ali", "||0"}, /* an alias of one that is denied */
	{"modprobe -n -v ext4", "||0"},
	{"modprobe -D ext4", "builtin ext4\n||0"},
	{"modprobe -n -v nope", "|modprobe: FATAL: Module nope not found in directory "
				"/lib/modules/6.1\n|1"},
	{"modprobe -n -v -a nope cramfs",
	 "install /bin/true a=1 b=2 \n|modprobe: WARNING: Module nope not found in directory "
	 "/lib/modules/6.1\n|1"},
	{"modprobe cramfs", "unknown"},
	{NULL, NULL}};

test(tells_what_modprobe_would_load)
{
	static const struct told_file files[] = {
		MODPROBE, RULES, KERNEL, {"/proc/sys/kernel/osrelease", "6.1\n"}, {NULL, NULL}};
	told_all(files, true, common);
	static const struct told_file tree[] = {MODPROBE, RULES, KERNEL, {NULL, NULL}};
	told_all(tree, false, common); /* the only kernel that is there */
}

test(what_is_loaded_is_not_loaded_again)
{
	static const struct told_file files[] = {
		MODPROBE,
		RULES,
		KERNEL,
		{"/proc/sys/kernel/osrelease", "6.1\n"},
		{"/proc/cmdline", "quiet modprobe.blacklist=x two.p=1\n"},
		{"/sys/module/one/initstate", "live\n"},
		{"/sys/module/one/holders/two", ""},
		{"/proc/modules", "one 4096 1 two, Live 0x0\ntwo 8192 0 - Live 0x0\n"},
		{NULL, NULL}};
	static const struct told_case cases[] = {
		{"modprobe -n -v udf", "insmod /lib/modules/6.1/lib/two.ko p=1 \n"
				       "insmod /lib/modules/6.1/fs/udf.ko.xz \n||0"},
		{"lsmod", "Module                  Size  Used by\n"
			  "one                     4096  1 two\n"
			  "two                     8192  0\n||0"},
		{"modprobe --showconfig",
		 "blacklist udf\nblacklist alia\nblacklist x\ninstall cramfs /bin/true\n"
		 "install usb_storage /bin/false # x\nalias fs_cramfs cramfs\nalias ali alia\n"
		 "options cramfs a=1\noptions cramfs b=2\noptions two p=1\n"
		 "softdep soft pre: twopost: one\n\n# End of configuration files. Dumping indexes "
		 "now:\n\nalias fs_udf udf\nalias pci:v1* two\n||0"},
		{NULL, NULL}};
	told_all(files, true, cases);
}

test(without_modules_it_is_in_vain)
{
	static const struct told_file files[] = {
		MODPROBE, RULES, {"/proc/sys/kernel/osrelease", "6.1\n"}, {NULL, NULL}};
	static const struct told_case cases[] = {
		{"modprobe -n -v udf", "|modprobe: FATAL: Module udf not found in directory "
				       "/lib/modules/6.1\n|1"},
		{"lsmod", "|libkmod: ERROR ../libkmod/libkmod-module.c:1725 "
			  "kmod_module_new_from_loaded: could not open /proc/modules: No such file "
			  "or directory\nError: could not get list of modules: No such file or "
			  "directory\n|1"},
		{NULL, NULL}};
	told_all(files, true, cases);
	static const struct told_case tree[] = {
		{"modprobe -n -v cramfs", "install /bin/true a=1 b=2 \n||0"},
		{"modprobe -n -v udf",
		 "skip: whether there is a module udf: that needs the running "
		 "kernel's version"},
		{"lsmod", "skip: which modules are loaded: that needs the running system"},
		{NULL, NULL}};
	told_all(files, false, tree);
}

test(modules_that_need_each_other_end)
{
	static const struct told_file files[] = {
		MODPROBE,
		{CONF, "softdep one pre: two\nsoftdep two pre: one\n"},
		{LIB "modules.dep", "lib/one.ko: lib/two.ko\nlib/two.ko: lib/one.ko\n"},
		{NULL, NULL}};
	struct told told = told_begin(files, false);
	const char *says = told_line(&told, "modprobe -n -v one");
	assert_non_null(strstr(says, "insmod /lib/modules/6.1/lib/one.ko"));
	told_end(&told);
}

test(settings_of_the_kernel_are_told_by_name)
{
	static const struct told_file files[] = {
		{"/usr/sbin/sysctl", "x"},
		{"/proc/sys/net/ipv4/ip_forward", "0\n"},
		{"/proc/sys/net/ipv4/conf/eth0.1/rp_filter", "1\n"},
		{"/proc/sys/a/many", "1\t2\n3\n"},
		{NULL, NULL}};
	static const struct told_case cases[] = {
		{"sysctl net.ipv4.ip_forward", "net.ipv4.ip_forward = 0\n||0"},
		{"sysctl -n net/ipv4/ip_forward", "0\n||0"},
		{"sysctl a.many", "a.many = 1\t2\na.many = 3\n||0"},
		{"sysctl net.ipv4.conf.eth0/1.rp_filter",
		 "net.ipv4.conf.eth0/1.rp_filter = 1\n||0"},
		{"sysctl nope a.many",
		 "a.many = 1\t2\na.many = 3\n|sysctl: cannot stat /proc/sys/nope: No such file or "
		 "directory\n|1"},
		{"sysctl -a", "a.many = 1\t2\na.many = 3\nnet.ipv4.conf.eth0/1.rp_filter = 1\n"
			      "net.ipv4.ip_forward = 0\n||0"},
		{"sysctl -N net", "net.ipv4.conf.eth0/1.rp_filter\nnet.ipv4.ip_forward\n||0"},
		{"sysctl -w net.ipv4.ip_forward=1", "unknown"},
		{"sysctl net.ipv4.ip_forward=1", "unknown"},
		{"sysctl net..x", "unknown"},
		{NULL, NULL}};
	told_all(files, true, cases);
	static const struct told_case tree[] = {
		{"sysctl a.many", "skip: the kernel's settings: that needs the running system"},
		{NULL, NULL}};
	told_all(files, false, tree);
}
