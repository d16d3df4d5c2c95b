#include "net/dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define UNANSWERED_MS 60000 /* a peer that acknowledges nothing for so long is gone */
#define KEEP_IDLE_S 120
#define KEEP_INTERVAL_S 20
#define KEEP_COUNT 3

bool dial_read(struct text text, struct dial_address *address, struct err *err)
{
	struct text host = text, port = {0};
	bool in_brackets = text_starts(text, "[");
	for (size_t i = text.len; i > 0 && !port.at; i--)
		if (text.at[i - 1] == ':') {
			port = (struct text){text.at + i, text.len - i};
			host.len = i - 1;
		}
	if (in_brackets && text_ends(host, "]"))
		host = (struct text){host.at + 1, host.len - 2};
	else if (in_brackets || memchr(host.at ? host.at : "", ':', host.len))
		return err_set(err, ERR_INPUT,
			       "an IPv6 address stands in brackets: [2001:db8::1]:8444");
	uint64_t number = 0;
	if (!port.at || !text_to_u64(port, 1, 65535, &number))
		return err_set(err, ERR_INPUT, "give HOST:PORT, a port from 1 to 65535");
	if (host.len == 0 || host.len >= DIAL_HOST_SIZE || memchr(host.at, '\0', host.len))
		return err_set(err, ERR_INPUT, "give HOST:PORT, a host of 1 to %d bytes",
			       DIAL_HOST_SIZE - 1);
	memcpy(address->host, host.at, host.len);
	address->host[host.len] = '\0';
	address->port = (uint16_t)number;
	return true;
}

static bool set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

/* Small messages go at once; a dead peer is noticed. */
static bool tune(int fd)
{
	return set(fd, IPPROTO_TCP, TCP_NODELAY, 1) &&
	       set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNANSWERED_MS) &&
	       set(fd, SOL_SOCKET, SO_KEEPALIVE, 1) &&
	       set(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S) &&
	       set(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL_S) &&
	       set(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEP_COUNT);
}

static int connect_to(const struct addrinfo *to, struct err *err)
{
	int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		err_errno(err, "cannot make a socket");
		return -1;
	}
	if (!tune(fd))
		err_errno(err, "cannot set up a socket");
	else if (connect(fd, to->ai_addr, to->ai_addrlen) == 0 || errno == EINPROGRESS)
		return fd;
	else
		err_errno(err, "cannot connect");
	close(fd);
	return -1;
}

int dial_start(const struct dial_address *address, unsigned attempt, struct err *err)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	char port[8];
	(void)snprintf(port, sizeof(port), "%u", address->port);
	int failed = getaddrinfo(address->host, port, &hints, &found);
	if (failed) {
		err_set(err, ERR_SYSTEM, "cannot find the address of \"%s\": %s", address->host,
			failed == EAI_SYSTEM ? strerror(errno) : gai_strerror(failed));
		return -1;
	}
	unsigned count = 0;
	for (const struct addrinfo *one = found; one; one = one->ai_next)
		count++;
	const struct addrinfo *one = found;
	for (unsigned i = attempt % count; i > 0; i--)
		one = one->ai_next;
	int fd = connect_to(one, err);
	freeaddrinfo(found);
	return fd;
}

bool dial_finish(int fd, struct err *err)
{
	int failed = 0;
	socklen_t size = sizeof(failed);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size) != 0)
		return err_errno(err, "cannot look at a socket");
	if (failed == 0)
		return true;
	errno = failed;
	return err_errno(err, "cannot connect");
}

void dial_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
