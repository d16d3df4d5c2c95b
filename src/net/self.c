#include "net/self.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>
#include <sys/socket.h>

static const char *lower(const char *name, struct arena *arena)
{
	char *copy = arena_cstr(arena, name);
	for (char *c = copy; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return copy;
}

/* Whether `full` is `name` with a domain behind it. */
static bool extends(const char *full, const char *name)
{
	size_t len = strlen(name);
	return strlen(full) <= SELF_NAME_MAX && strncasecmp(full, name, len) == 0 &&
	       full[len] == '.' && full[len + 1] != '\0';
}

const char *self_name(const char *host_name, struct arena *arena)
{
	if (strchr(host_name, '.') || res_init() != 0)
		return lower(host_name, arena);
	_res.retrans = 1; /* seconds */
	_res.retry = 1;
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_CANONNAME};
	struct addrinfo *found = NULL;
	const char *name = host_name;
	if (getaddrinfo(host_name, NULL, &hints, &found) == 0 && found->ai_canonname &&
	    extends(found->ai_canonname, host_name))
		name = arena_cstr(arena, found->ai_canonname);
	if (found)
		freeaddrinfo(found);
	return lower(name, arena);
}

/* Writes an address that others can use; false for loopback and link-local ones. */
static bool show(const struct ifaddrs *one, int family, char out[static INET6_ADDRSTRLEN])
{
	if (!one->ifa_addr || one->ifa_addr->sa_family != family || !(one->ifa_flags & IFF_UP) ||
	    one->ifa_flags & IFF_LOOPBACK)
		return false;
	if (family == AF_INET) {
		struct sockaddr_in address;
		memcpy(&address, one->ifa_addr, sizeof(address));
		uint32_t number = ntohl(address.sin_addr.s_addr);
		return number >> 16 != 0xa9fe &&
		       inet_ntop(AF_INET, &address.sin_addr, out, INET6_ADDRSTRLEN) != NULL;
	}
	struct sockaddr_in6 address;
	memcpy(&address, one->ifa_addr, sizeof(address));
	return !IN6_IS_ADDR_LINKLOCAL(&address.sin6_addr) &&
	       inet_ntop(AF_INET6, &address.sin6_addr, out, INET6_ADDRSTRLEN) != NULL;
}

void self_addresses(struct arena *arena, struct text **addresses, size_t *count)
{
	static const int families[] = {AF_INET, AF_INET6};
	struct ifaddrs *all = NULL;
	*addresses = arena_get(arena, SELF_ADDRESSES_MAX, sizeof(**addresses));
	*count = 0;
	if (getifaddrs(&all) != 0)
		return;
	for (size_t i = 0; i < array_len(families); i++)
		for (const struct ifaddrs *one = all; one; one = one->ifa_next) {
			char text[INET6_ADDRSTRLEN];
			if (*count < SELF_ADDRESSES_MAX && show(one, families[i], text))
				(*addresses)[(*count)++] = arena_text(arena, text_of(text));
		}
	freeifaddrs(all);
}
