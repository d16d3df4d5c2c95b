/* sink: takes what alerts send: sink http|smtp|udp|tcp FILE [refuse]
 *
 * Listens on a loopback port, prints it, and appends what comes to FILE. http answers each request
 * with 204, smtp speaks as much of RFC 5321 as a client needs, udp and tcp just take. With "refuse"
 * http answers 503 and smtp 554. One client at a time; ends after ten minutes in
 * which nobody came. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SPAN_MS 600000
#define LINE_SIZE 65536

static FILE *out;
static int refuses;

static void keep(const char *bytes, size_t len)
{
	fwrite(bytes, 1, len, out);
	fflush(out);
}

static void say(int fd, const char *text)
{
	(void)!write(fd, text, strlen(text));
}

static void take_http(FILE *in, int fd)
{
	static char line[LINE_SIZE];
	size_t length = 0;
	while (fgets(line, sizeof(line), in) && strcmp(line, "\r\n") != 0)
		if (strncasecmp(line, "content-length:", 15) == 0)
			length = strtoul(line + 15, NULL, 10);
	for (size_t got; length > 0; length -= got) {
		got = fread(line, 1, length < sizeof(line) ? length : sizeof(line), in);
		if (got == 0)
			return;
		keep(line, got);
	}
	keep("\n", 1);
	say(fd,
	    refuses ? "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n" : "HTTP/1.1 204 Yes\r\n\r\n");
}

static void take_smtp(FILE *in, int fd)
{
	static char line[LINE_SIZE];
	int data = 0;
	say(fd, refuses ? "554 no\r\n" : "220 sink\r\n");
	while (fgets(line, sizeof(line), in)) {
		keep(line, strlen(line));
		if (data && strcmp(line, ".\r\n") != 0)
			continue;
		if (strncmp(line, "QUIT", 4) == 0)
			return;
		int begins = strncmp(line, "DATA", 4) == 0;
		say(fd, begins ? "354 go on\r\n" : "250 yes\r\n");
		data = begins;
	}
}

static void take_client(const char *how, int fd)
{
	static char bytes[LINE_SIZE];
	FILE *in = fdopen(dup(fd), "r");
	if (strcmp(how, "http") == 0)
		take_http(in, fd);
	else if (strcmp(how, "smtp") == 0)
		take_smtp(in, fd);
	else
		for (size_t got; (got = fread(bytes, 1, sizeof(bytes), in)) > 0;)
			keep(bytes, got);
	fclose(in);
	close(fd);
}

static int open_port(int type)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) != 0 ||
	    (type == SOCK_STREAM && listen(fd, 16) != 0) ||
	    getsockname(fd, (struct sockaddr *)&at, &len) != 0) {
		perror("sink");
		exit(1);
	}
	printf("%u\n", ntohs(at.sin_port));
	fflush(stdout);
	return fd;
}

int main(int count, char **words)
{
	if (count < 3 || !(out = fopen(words[2], "a"))) {
		fputs("sink http|smtp|udp|tcp FILE [refuse]\n", stderr);
		return 2;
	}
	refuses = count > 3;
	int udp = strcmp(words[1], "udp") == 0;
	int fd = open_port(udp ? SOCK_DGRAM : SOCK_STREAM);
	static char bytes[LINE_SIZE];
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	while (poll(&ready, 1, SPAN_MS) > 0) {
		ssize_t got = udp ? recv(fd, bytes, sizeof(bytes), 0) : 0;
		if (got > 0) {
			keep(bytes, (size_t)got);
			keep("\n", 1);
		}
		int client = udp ? -1 : accept(fd, NULL, NULL);
		if (client >= 0)
			take_client(words[1], client);
	}
	return 0;
}
