/* table.h: the rows of the command table, by the files they are in. */
#pragma once
#include "assess/command/native.h"

/* account/host.c */
extern const struct native native_hostname;
extern const struct native native_uname;

/* account/id.c */
extern const struct native native_id;
extern const struct native native_groups;
extern const struct native native_getent;

/* account/passwd.c */
extern const struct native native_passwd;
extern const struct native native_chage;
extern const struct native native_useradd;

/* awk/row.c */
extern const struct native native_awk;
extern const struct native native_mawk;
extern const struct native native_gawk;

/* file/find.c */
extern const struct native native_find;

/* file/ls.c */
extern const struct native native_ls;

/* file/path.c */
extern const struct native native_readlink;
extern const struct native native_realpath;
extern const struct native native_basename;
extern const struct native native_dirname;
extern const struct native native_which;

/* file/stat.c */
extern const struct native native_stat;

/* file/test.c */
extern const struct native native_test;
extern const struct native native_bracket;

/* network/filter.c */
extern const struct native native_nft;
extern const struct native native_iptables;
extern const struct native native_ip6tables;

/* network/netstat.c */
extern const struct native native_netstat;

/* network/ss.c */
extern const struct native native_ss;

/* network/ufw.c */
extern const struct native native_ufw;

/* package/dpkg.c */
extern const struct native native_dpkg;
extern const struct native native_dpkg_query;

/* package/rpm.c */
extern const struct native native_rpm;

/* security/apparmor.c */
extern const struct native native_apparmor_status;
extern const struct native native_aa_status;

/* security/auditctl.c */
extern const struct native native_auditctl;
extern const struct native native_augenrules;

/* security/selinux.c */
extern const struct native native_getenforce;
extern const struct native native_sestatus;

/* shell/sh.c */
extern const struct native native_sh;
extern const struct native native_bash;
extern const struct native native_xargs;

/* sshd/sshd.c */
extern const struct native native_sshd;

/* system/findmnt.c */
extern const struct native native_findmnt;

/* system/lsmod.c */
extern const struct native native_lsmod;

/* system/modprobe.c */
extern const struct native native_modprobe;

/* system/mount.c */
extern const struct native native_mount;

/* system/ps.c */
extern const struct native native_ps;

/* system/sysctl.c */
extern const struct native native_sysctl;

/* system/systemctl.c */
extern const struct native native_systemctl;

/* text/cat.c */
extern const struct native native_cat;

/* text/cut.c */
extern const struct native native_cut;
extern const struct native native_tr;

/* text/echo.c */
extern const struct native native_echo;
extern const struct native native_printf;
extern const struct native native_true;
extern const struct native native_false;

/* text/grep.c */
extern const struct native native_grep;
extern const struct native native_egrep;
extern const struct native native_fgrep;

/* text/lines.c */
extern const struct native native_head;
extern const struct native native_tail;
extern const struct native native_wc;

/* text/sort.c */
extern const struct native native_sort;
extern const struct native native_uniq;

/* system/journal.c */
extern const struct native native_journalctl;
extern const struct native native_timedatectl;
extern const struct native native_crontab;
