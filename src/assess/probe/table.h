/* table.h: the rows of the probe table, one a file. */
#pragma once
#include "assess/probe/probe.h"

extern const struct probe probe_file, probe_config, probe_sysctl, probe_package;
extern const struct probe probe_users, probe_files;
extern const struct probe probe_mount, probe_mounts;
extern const struct probe probe_groups, probe_shadow;
extern const struct probe probe_kmod, probe_modules;
extern const struct probe probe_kernel;
extern const struct probe probe_service;
extern const struct probe probe_processes, probe_listening;
extern const struct probe probe_audit_rules;
extern const struct probe probe_pam;
