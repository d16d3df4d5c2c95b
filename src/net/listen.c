#include "net/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4096
#define HOST_SIZE 64
#define UNANSWERED_MS 60000 /* a peer that acknowledges nothing for so long is gone */
#define KEEP_IDLE_S 120
#define KEEP_INTERVAL_S 20
#define KEEP_COUNT 3

struct place {
	struct sockaddr_storage at;
	socklen_t len;
	bool both; /* families */
};

static bool read_place(const char *address, struct place *place, struct err *err)
{
	char host[HOST_SIZE];
	const char *colon = strrchr(address, ':');
	size_t len = colon ? (size_t)(colon - address) : 0;
	bool brackets = len > 2 && address[0] == '[' && address[len - 1] == ']';
	const struct addrinfo hints = {.ai_family = AF_UNSPEC,
				       .ai_socktype = SOCK_STREAM,
				       .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	if (len > 0 && len < sizeof(host)) {
		memset(host, 0, sizeof(host));
		memcpy(host, address + brackets, len - (brackets ? 2 : 0));
		place->both = strcmp(host, "*") == 0;
		if (getaddrinfo(place->both ? "::" : host, colon + 1, &hints, &found) != 0)
			found = NULL;
	}
	if (!found)
		return err_set(err, ERR_INPUT,
			       "\"%s\" is no place to listen; give an address and a port, such as "
			       "127.0.0.1:8444, [::1]:8444 or *:8444",
			       address);
	memcpy(&place->at, found->ai_addr, found->ai_addrlen);
	place->len = found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

static uint16_t show_host(const struct sockaddr_storage *at, char host[static INET6_ADDRSTRLEN])
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	host[0] = '\0';
	if (at->ss_family == AF_INET) {
		memcpy(&v4, at, sizeof(v4));
		(void)!inet_ntop(AF_INET, &v4.sin_addr, host, INET6_ADDRSTRLEN);
		return ntohs(v4.sin_port);
	}
	memcpy(&v6, at, sizeof(v6));
	if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
		(void)!inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], host, INET6_ADDRSTRLEN);
	else
		(void)!inet_ntop(AF_INET6, &v6.sin6_addr, host, INET6_ADDRSTRLEN);
	return ntohs(v6.sin6_port);
}

static bool show(int fd, const struct place *place, char shown[static LISTEN_ADDRESS_SIZE],
		 struct err *err)
{
	struct sockaddr_storage at = {0};
	socklen_t len = sizeof(at);
	char host[INET6_ADDRSTRLEN];
	if (getsockname(fd, (struct sockaddr *)&at, &len) != 0)
		return err_errno(err, "cannot tell where a socket listens");
	uint16_t port = show_host(&at, host);
	if (place->both)
		snprintf(shown, LISTEN_ADDRESS_SIZE, "*:%u", port);
	else if (strchr(host, ':'))
		snprintf(shown, LISTEN_ADDRESS_SIZE, "[%s]:%u", host, port);
	else
		snprintf(shown, LISTEN_ADDRESS_SIZE, "%s:%u", host, port);
	return true;
}

static bool set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

int listen_open(const char *address, char shown[static LISTEN_ADDRESS_SIZE], struct err *err)
{
	struct place place = {0};
	if (!read_place(address, &place, err))
		return -1;
	int fd = socket(place.at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		err_errno(err, "cannot listen on %s", address);
		return -1;
	}
	bool v6 = place.at.ss_family == AF_INET6;
	if (set(fd, SOL_SOCKET, SO_REUSEADDR, 1) &&
	    (!v6 || set(fd, IPPROTO_IPV6, IPV6_V6ONLY, !place.both)) &&
	    bind(fd, (struct sockaddr *)&place.at, place.len) == 0 && listen(fd, BACKLOG) == 0 &&
	    show(fd, &place, shown, err))
		return fd;
	if (errno == EADDRINUSE)
		err_set(err, ERR_SYSTEM, "cannot listen on %s: the port is in use; choose another",
			address);
	else
		err_errno(err, "cannot listen on %s", address);
	close(fd);
	return -1;
}

int listen_accept(int fd, char peer[static LISTEN_ADDRESS_SIZE], struct err *err)
{
	struct sockaddr_storage at = {0};
	socklen_t len = sizeof(at);
	int got = accept4(fd, (struct sockaddr *)&at, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (got < 0) {
		if (errno == EMFILE || errno == ENFILE)
			err_set(err, ERR_LIMIT, "there are no more descriptors");
		else if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
			err_set(err, ERR_BUSY, "nobody waits");
		else
			err_errno(err, "cannot accept a connection");
		return -1;
	}
	char host[INET6_ADDRSTRLEN];
	(void)show_host(&at, host);
	snprintf(peer, LISTEN_ADDRESS_SIZE, "%s", host);
	bool tuned = set(got, IPPROTO_TCP, TCP_NODELAY, 1) &&
		     set(got, IPPROTO_TCP, TCP_USER_TIMEOUT, UNANSWERED_MS) &&
		     set(got, SOL_SOCKET, SO_KEEPALIVE, 1) &&
		     set(got, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S) &&
		     set(got, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL_S) &&
		     set(got, IPPROTO_TCP, TCP_KEEPCNT, KEEP_COUNT);
	if (tuned)
		return got;
	err_errno(err, "cannot set up a connection");
	close(got);
	return -1;
}

void listen_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
