#include "net/visit/visit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/time.h"

#define RESOLVER_WAIT_S 2 /* for one name server, each of two times */

/* -------- addresses -------- */

static bool is_link_local_4(const unsigned char *bytes)
{
	return bytes[0] == 169 && bytes[1] == 254;
}

/* fe80::/10, and IPv4 inside of it: ::a.b.c.d, ::ffff:a.b.c.d, 64:ff9b::a.b.c.d, 2002:ab:cd:: */
static bool is_link_local_6(const unsigned char *bytes)
{
	static const unsigned char zeros[10] = {0}, nat64[12] = {0, 0x64, 0xff, 0x9b};
	bool mapped = memcmp(bytes, zeros, 10) == 0 && ((bytes[10] == 0xff && bytes[11] == 0xff) ||
							(bytes[10] == 0 && bytes[11] == 0));
	bool translated = memcmp(bytes, nat64, sizeof(nat64)) == 0;
	bool tunnelled = bytes[0] == 0x20 && bytes[1] == 0x02;
	return (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) ||
	       ((mapped || translated) && is_link_local_4(bytes + 12)) ||
	       (tunnelled && is_link_local_4(bytes + 2));
}

bool visit_is_link_local(const char *address)
{
	unsigned char bytes[16];
	if (inet_pton(AF_INET, address, bytes) == 1)
		return is_link_local_4(bytes);
	return inet_pton(AF_INET6, address, bytes) == 1 && is_link_local_6(bytes);
}

static bool is_forbidden(const struct addrinfo *one)
{
	if (one->ai_family == AF_INET) {
		struct sockaddr_in at;
		memcpy(&at, one->ai_addr, sizeof(at));
		return is_link_local_4((const unsigned char *)&at.sin_addr);
	}
	struct sockaddr_in6 at;
	memcpy(&at, one->ai_addr, sizeof(at));
	return is_link_local_6(at.sin6_addr.s6_addr);
}

static void show(const struct addrinfo *one, char shown[static VISIT_SHOWN_SIZE])
{
	shown[0] = '\0';
	(void)getnameinfo(one->ai_addr, one->ai_addrlen, shown, VISIT_SHOWN_SIZE, NULL, 0,
			  NI_NUMERICHOST);
}

static bool find(const struct dial_address *address, int type, struct addrinfo **found,
		 struct err *err)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC, .ai_socktype = type, .ai_flags = AI_NUMERICSERV};
	char port[8];
	(void)snprintf(port, sizeof(port), "%u", address->port);
	if (res_init() == 0)
		_res.retrans = RESOLVER_WAIT_S;
	int failed = getaddrinfo(address->host, port, &hints, found);
	if (failed == 0)
		return true;
	return err_set(err, ERR_SYSTEM, "cannot find the address of \"%s\": %s", address->host,
		       failed == EAI_SYSTEM ? strerror(errno) : gai_strerror(failed));
}

/* The next that may be contacted. */
static const struct addrinfo *allowed(const struct addrinfo *one)
{
	while (one &&
	       ((one->ai_family != AF_INET && one->ai_family != AF_INET6) || is_forbidden(one)))
		one = one->ai_next;
	return one;
}

static bool refuse(const struct dial_address *address, struct err *err)
{
	return err_set(err, ERR_REFUSED,
		       "\"%s\" is a link-local address; those are never contacted", address->host);
}

/* -------- connecting -------- */

struct attempt {
	int fd;
	const struct addrinfo *to;
};

static enum visit_answer answer_of(int error, struct err *err)
{
	switch (error) {
	case ECONNREFUSED:
	case ECONNRESET:
		return VISIT_CLOSED;
	case ENETUNREACH:
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
		return VISIT_UNREACHABLE;
	case ETIMEDOUT:
	case EHOSTUNREACH: /* also a firewall's "prohibited" */
	case EACCES:       /* a firewall here */
	case EPERM:
		return VISIT_SILENT;
	default:
		errno = error;
		err_errno(err, "cannot connect");
		return VISIT_UNKNOWN;
	}
}

/* How much an answer says, the more the lower: what several addresses answer together. */
static enum visit_answer better(enum visit_answer a, enum visit_answer b)
{
	return a < b ? a : b;
}

static int begin(const struct addrinfo *to, enum visit_answer *answer, struct err *err)
{
	int fd = socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		*answer = better(*answer, answer_of(errno, err));
		return -1;
	}
	if (connect(fd, to->ai_addr, to->ai_addrlen) == 0 || errno == EINPROGRESS)
		return fd;
	*answer = better(*answer, answer_of(errno, err));
	close(fd);
	return -1;
}

static int wait_ms(int64_t until_us)
{
	int64_t left_us = until_us - time_span_us();
	return left_us <= 0 ? 0 : (int)(left_us / 1000 + 1);
}

/* Whether this one is connected; one that failed is closed. */
static bool is_connected(struct attempt *attempt, enum visit_answer *answer, struct err *err)
{
	int failed = 0;
	socklen_t size = sizeof(failed);
	if (getsockopt(attempt->fd, SOL_SOCKET, SO_ERROR, &failed, &size) != 0)
		failed = EIO;
	if (failed == 0 || failed == ECONNRESET) /* reset: it was taken before */
		return true;
	*answer = better(*answer, answer_of(failed, err));
	dial_close(&attempt->fd);
	return false;
}

/* Waits for the first that is connected; NULL: none, and *answer says why. */
static struct attempt *race(struct attempt *attempts, size_t count, int64_t until_us,
			    enum visit_answer *answer, struct err *err)
{
	for (;;) {
		struct pollfd ends[VISIT_ADDRESSES_MAX];
		size_t open = 0;
		for (size_t i = 0; i < count; i++) {
			ends[i] = (struct pollfd){.fd = attempts[i].fd, .events = POLLOUT};
			open += attempts[i].fd >= 0;
		}
		if (open == 0)
			return NULL;
		int ready = poll(ends, count, wait_ms(until_us));
		if (ready == 0)
			*answer = better(*answer, VISIT_SILENT);
		if (ready == 0 || (ready < 0 && errno != EINTR))
			return NULL;
		for (size_t i = 0; i < count && ready > 0; i++)
			if (ends[i].revents && attempts[i].fd >= 0 &&
			    is_connected(&attempts[i], answer, err))
				return &attempts[i];
	}
}

enum visit_answer visit_tcp(const struct dial_address *address, int64_t until_us,
			    struct visit *visit, struct err *err)
{
	struct attempt attempts[VISIT_ADDRESSES_MAX];
	struct addrinfo *found = NULL;
	size_t count = 0, tried = 0;
	enum visit_answer answer = VISIT_UNKNOWN;
	*visit = (struct visit){.fd = -1, .until_us = until_us};
	if (!find(address, SOCK_STREAM, &found, err))
		return VISIT_UNKNOWN;
	const struct addrinfo *one = allowed(found);
	for (; one && tried < VISIT_ADDRESSES_MAX; one = allowed(one->ai_next), tried++) {
		int fd = begin(one, &answer, err);
		if (fd >= 0)
			attempts[count++] = (struct attempt){fd, one};
	}
	if (tried == 0)
		refuse(address, err);
	struct attempt *first = race(attempts, count, until_us, &answer, err);
	if (first) {
		show(first->to, visit->address);
		visit->fd = first->fd;
		first->fd = -1;
		answer = VISIT_OPEN;
	}
	for (size_t i = 0; i < count; i++)
		dial_close(&attempts[i].fd);
	freeaddrinfo(found);
	return answer;
}

enum visit_answer visit_udp(const struct dial_address *address, int64_t until_us,
			    struct visit *visit, struct err *err)
{
	struct addrinfo *found = NULL;
	enum visit_answer answer = VISIT_UNKNOWN;
	*visit = (struct visit){.fd = -1, .until_us = until_us};
	if (!find(address, SOCK_DGRAM, &found, err))
		return VISIT_UNKNOWN;
	const struct addrinfo *one = allowed(found);
	if (!one)
		refuse(address, err);
	for (; one && visit->fd < 0; one = allowed(one->ai_next)) {
		visit->fd = begin(one, &answer, err);
		show(one, visit->address);
	}
	freeaddrinfo(found);
	return visit->fd >= 0 ? VISIT_OPEN : answer;
}

/* -------- talking -------- */

bool visit_wait(const struct visit *visit, bool to_write)
{
	struct pollfd end = {.fd = visit->fd, .events = to_write ? POLLOUT : POLLIN};
	int ready;
	do
		ready = poll(&end, 1, wait_ms(visit->until_us));
	while (ready < 0 && errno == EINTR);
	return ready != 0;
}

bool visit_send(const struct visit *visit, struct text text, struct err *err)
{
	while (text.len > 0) {
		ssize_t sent = send(visit->fd, text.at, text.len, MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return err_errno(err, "cannot send");
		if (sent < 0 && !visit_wait(visit, true))
			return err_set(err, ERR_BUSY, "it takes nothing");
		if (sent > 0)
			text = (struct text){text.at + sent, text.len - (size_t)sent};
	}
	return true;
}

enum visit_answer visit_receive(const struct visit *visit, void *bytes, size_t size, size_t *len,
				struct err *err)
{
	for (;;) {
		ssize_t got = recv(visit->fd, bytes, size, 0);
		if (got >= 0) {
			*len = (size_t)got;
			return VISIT_OPEN;
		}
		if (errno != EAGAIN && errno != EINTR)
			return answer_of(errno, err);
		if (!visit_wait(visit, false))
			return VISIT_SILENT;
	}
}

void visit_close(struct visit *visit)
{
	dial_close(&visit->fd);
}
