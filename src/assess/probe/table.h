/* table.h: the rows of the probe table, one a file. */
#pragma once
#include "assess/probe/probe.h"

extern const struct probe probe_file;
extern const struct probe probe_config;
extern const struct probe probe_sysctl;
extern const struct probe probe_package;
extern const struct probe probe_users;
extern const struct probe probe_files;
extern const struct probe probe_mount;
extern const struct probe probe_mounts;
extern const struct probe probe_groups;
extern const struct probe probe_shadow;
extern const struct probe probe_kmod;
extern const struct probe probe_modules;
extern const struct probe probe_kernel;
extern const struct probe probe_service;
extern const struct probe probe_processes;
extern const struct probe probe_listening;
extern const struct probe probe_audit_rules;
extern const struct probe probe_pam;
extern const struct probe probe_command;
