/* self.h: what this host is called, and under which addresses it can be reached. */
#pragma once
#include "base/mem.h"

#define SELF_NAME_MAX 253 /* bytes of a name */
#define SELF_ADDRESSES_MAX 64

/* The fully qualified name where the host has one (its own name with a dot, or what the resolver
 * calls canonical, asked for at most two seconds), else the plain one; in lower case. */
must_use const char *self_name(const char *host_name, struct arena *arena);

/* Addresses of the interfaces that are up, without loopback and link-local ones, IPv4 first. */
void self_addresses(struct arena *arena, struct text **addresses, size_t *count);
