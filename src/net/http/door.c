/* Connections come in here, not in libmicrohttpd: its way to let a daemon stop listening
 * (MHD_quiesce_daemon) races with its own threads and ends the process (seen in 0.9.75). */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "net/http/inner.h"

#define FULL_WAIT_MS 50 /* until it is looked again whether there is room */
#define BEGIN_MS 5      /* and for those let in to be noticed */

static void admit(struct http *http)
{
	struct sockaddr_storage address = {0};
	socklen_t len = sizeof(address);
	int fd = accept4(http->fd, (struct sockaddr *)&address, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS))
		http->starved = true;
	if (fd < 0)
		return; /* or it has gone again */
	lock_take(http->admitting);
	/* The descriptor is its own from here on, also when it refuses. */
	if (MHD_add_connection(http->daemon->mhd, fd, (struct sockaddr *)&address, len) == MHD_YES)
		http->let_in++;
	else
		log_write(LOG_DEBUG, "http", "a connection was refused: too many of its address");
	lock_give(http->admitting);
}

/* Its threads notice whom we let in a little later. No more than HTTP_LET_IN_MAX are on the way at
 * a time, so that how many are open is known; some never begin (no TLS session for them). */
static bool is_full(struct http *http)
{
	lock_take(http->lock);
	for (int i = 0; i < 10 && http->let_in - http->begun >= HTTP_LET_IN_MAX; i++)
		lock_wait(http->lock, BEGIN_MS);
	if (http->let_in - http->begun >= HTTP_LET_IN_MAX)
		http->begun = http->let_in;
	bool full = http->link_count >= http->connections || http->starved;
	http->starved = false;
	lock_give(http->lock);
	return full;
}

static void door_run(void *data)
{
	struct http *http = data;
	for (;;) {
		bool full = is_full(http);
		struct pollfd ready[] = {{.fd = http->bell[0], .events = POLLIN},
					 {.fd = full ? -1 : http->fd, .events = POLLIN}};
		int count = poll(ready, 2, full ? FULL_WAIT_MS : -1);
		if (count > 0 && ready[0].revents)
			break;
		if (count > 0 && ready[1].revents)
			admit(http);
	}
}

bool door_open(struct http *http, struct err *err)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, http->bell) != 0)
		return err_errno(err, "cannot make sockets");
	http->door = thread_start("http-door", door_run, http, err);
	return http->door;
}

void door_close(struct http *http)
{
	for (int i = 1; i >= 0; i--) { /* the other end's hangup is the bell */
		if (i == 0)
			thread_join(&http->door);
		if (http->bell[i] >= 0)
			close(http->bell[i]);
		http->bell[i] = -1;
	}
}
