/* table.h: the rows of the command table, by the files they are in. */
#pragma once
#include "assess/command/native.h"

/* files.c */
extern const struct native native_cat;

/* package/dpkg.c */
extern const struct native native_dpkg;
extern const struct native native_dpkg_query;

/* system/systemctl.c */
extern const struct native native_systemctl;

/* system/modprobe.c */
extern const struct native native_modprobe;

/* system/lsmod.c */
extern const struct native native_lsmod;

/* system/sysctl.c */
extern const struct native native_sysctl;

/* system/findmnt.c */
extern const struct native native_findmnt;

/* system/mount.c */
extern const struct native native_mount;

/* sshd/sshd.c */
extern const struct native native_sshd;

/* security/auditctl.c */
extern const struct native native_auditctl;
extern const struct native native_augenrules;

/* security/apparmor.c */
extern const struct native native_apparmor_status;
extern const struct native native_aa_status;

/* security/selinux.c */
extern const struct native native_getenforce;
extern const struct native native_sestatus;

/* network/ss.c */
extern const struct native native_ss;

/* network/netstat.c */
extern const struct native native_netstat;

/* system/ps.c */
extern const struct native native_ps;

/* network/filter.c */
extern const struct native native_nft;
extern const struct native native_iptables;
extern const struct native native_ip6tables;

/* network/ufw.c */
extern const struct native native_ufw;
