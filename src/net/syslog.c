#include "net/syslog.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"

static bool send_udp(const struct dial_address *address, struct text message, struct err *err)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	char port[8];
	(void)snprintf(port, sizeof(port), "%u", address->port);
	int failed = getaddrinfo(address->host, port, &hints, &found);
	if (failed)
		return err_set(err, ERR_SYSTEM, "cannot find the address of \"%s\": %s",
			       address->host,
			       failed == EAI_SYSTEM ? strerror(errno) : gai_strerror(failed));
	bool sent = false;
	int fd = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		err_errno(err, "cannot make a socket");
	else if (sendto(fd, message.at, message.len, MSG_NOSIGNAL, found->ai_addr,
			found->ai_addrlen) < 0)
		err_errno(err, "cannot send");
	else
		sent = true;
	if (fd >= 0)
		close(fd);
	freeaddrinfo(found);
	return sent;
}

static bool wait_writable(int fd, int wait_ms, struct err *err)
{
	struct pollfd ready = {.fd = fd, .events = POLLOUT};
	int count = poll(&ready, 1, wait_ms);
	if (count < 0)
		return err_errno(err, "cannot wait");
	return count > 0 || err_set(err, ERR_SYSTEM, "no answer within %d s", wait_ms / 1000);
}

static bool send_all(int fd, struct text left, int wait_ms, struct err *err)
{
	while (left.len > 0) {
		ssize_t sent = send(fd, left.at, left.len, MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN)
			return err_errno(err, "cannot send");
		if (sent < 0) {
			if (!wait_writable(fd, wait_ms, err))
				return false;
			continue;
		}
		left = (struct text){left.at + sent, left.len - (size_t)sent};
	}
	return true;
}

static bool send_tcp(const struct dial_address *address, struct text message, int wait_ms,
		     struct err *err)
{
	scoped(buf_end) struct buf frame = {0};
	buf_print(&frame, "%zu ", message.len);
	buf_text(&frame, message);
	int fd = dial_start(address, 0, err);
	if (fd < 0)
		return false;
	bool done = wait_writable(fd, wait_ms, err) && dial_finish(fd, err) &&
		    send_all(fd, buf_view(&frame), wait_ms, err);
	if (done)
		shutdown(fd, SHUT_WR);
	dial_close(&fd);
	return done;
}

bool syslog_send(const struct dial_address *address, bool tcp, struct text message, int wait_ms,
		 struct err *err)
{
	return tcp ? send_tcp(address, message, wait_ms, err) : send_udp(address, message, err);
}
