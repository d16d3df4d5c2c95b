/* badserver: a server of one vice, for tests of what looks at servers.
 *
 *	badserver VICE [ARGUMENT]
 *
 * Listens on a free port of 127.0.0.1, prints its number, and goes on until it is killed. The vices
 * are in the table below. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define array_len(array) (sizeof(array) / sizeof((array)[0]))
#define HELD_MAX 1024

static void die(const char *what)
{
	perror(what);
	exit(3);
}

static int make(int type, int backlog)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, size) != 0 ||
	    (type == SOCK_STREAM && listen(fd, backlog) != 0) ||
	    getsockname(fd, (struct sockaddr *)&at, &size) != 0)
		die("badserver");
	printf("%u\n", ntohs(at.sin_port));
	fflush(stdout);
	return fd;
}

static _Noreturn void wait_for_the_end(void)
{
	for (;;)
		pause();
}

/* -------- vices of a connection -------- */

static void hang(int fd)
{
	(void)fd; /* stays open */
}

static void reset(int fd)
{
	const struct linger now = {.l_onoff = 1};
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

static void shut(int fd)
{
	close(fd);
}

/* Its queue is full: whoever connects hears nothing. */
static void be_full(void)
{
	struct sockaddr_in at;
	socklen_t size = sizeof(at);
	int listener = make(SOCK_STREAM, 0);
	if (getsockname(listener, (struct sockaddr *)&at, &size) != 0)
		die("badserver");
	for (int i = 0; i < 8; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)!connect(fd, (struct sockaddr *)&at, size);
	}
	wait_for_the_end();
}

/* Answers each datagram with what came. */
static void echo(void)
{
	int fd = make(SOCK_DGRAM, 0);
	for (;;) {
		char bytes[2048];
		struct sockaddr_in from;
		socklen_t size = sizeof(from);
		ssize_t len = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from,
				       &size);
		if (len >= 0)
			(void)!sendto(fd, bytes, (size_t)len, 0, (struct sockaddr *)&from, size);
	}
}

static void swallow(void)
{
	(void)make(SOCK_DGRAM, 0);
	wait_for_the_end();
}

static const struct {
	const char *name;
	void (*serve)(int fd); /* one connection */
	void (*be)(void);      /* the server as a whole */
} vices[] = {
	{"hang", hang, NULL},          /* takes connections, says nothing */
	{"reset", reset, NULL},        /* takes them and resets them */
	{"close", shut, NULL},         /* takes them and closes them */
	{"full", NULL, be_full},       /* lets nobody in, and nobody know */
	{"udp-echo", NULL, echo},      /* sends datagrams back */
	{"udp-silent", NULL, swallow}, /* takes them and says nothing */
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < array_len(vices) && argc > 1; i++) {
		if (strcmp(argv[1], vices[i].name) != 0)
			continue;
		if (vices[i].be)
			vices[i].be();
		int listener = make(SOCK_STREAM, HELD_MAX);
		for (;;) {
			int fd = accept(listener, NULL, NULL);
			if (fd < 0)
				die("badserver: accept");
			vices[i].serve(fd);
		}
	}
	fprintf(stderr, "badserver: name one vice of those in the table of badserver.c\n");
	return 2;
}
