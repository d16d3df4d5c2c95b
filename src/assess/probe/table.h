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
extern const struct probe probe_connections;
extern const struct probe probe_sockets;
extern const struct probe probe_interfaces;
extern const struct probe probe_routes;
extern const struct probe probe_neighbours;
extern const struct probe probe_firewall_rules;
extern const struct probe probe_audit_rules;
extern const struct probe probe_pam;
extern const struct probe probe_packages;
extern const struct probe probe_os;
extern const struct probe probe_hardware;
extern const struct probe probe_sudo_rules;
extern const struct probe probe_cron;
extern const struct probe probe_services;
extern const struct probe probe_timers;
extern const struct probe probe_logins;
extern const struct probe probe_sshkeys;
extern const struct probe probe_certificates;
extern const struct probe probe_apparmor;
extern const struct probe probe_selinux;
extern const struct probe probe_tls;
extern const struct probe probe_reach;
extern const struct probe probe_time;
extern const struct probe probe_command;
