#include "peer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/time.h"
#include "net/tls/tls.h"
#include "unit.h"

#define WAIT_MS 5000

void identity_make(struct identity *identity)
{
	struct err err = {0};
	scoped(buf_end) struct buf request = {0};
	const char *const names[] = {"localhost", "127.0.0.1", "::1", NULL};
	struct tls_grant grant = {.common_name = "localhost",
				  .names = names,
				  .is_server = true,
				  .days = 2,
				  .now_us = time_now_us()};
	*identity = (struct identity){0};
	assert_true(tls_make_key(&identity->ca_key, &err));
	assert_true(tls_make_ca(buf_view(&identity->ca_key), "test CA", time_now_us(),
				&identity->ca_cert, &err));
	assert_true(tls_make_key(&identity->key, &err));
	assert_true(tls_make_request(buf_view(&identity->key), "localhost", &request, &err));
	assert_true(tls_sign(buf_view(&identity->ca_key), buf_view(&identity->ca_cert),
			     buf_view(&request), &grant, &identity->cert, &err));
}

void identity_end(struct identity *identity)
{
	buf_end(&identity->ca_key);
	buf_end(&identity->ca_cert);
	buf_end(&identity->key);
	buf_end(&identity->cert);
}

struct peer {
	int fd;
	struct tls_context *context;
	struct tls *tls;
	struct buf seen;
	bool broken; /* nothing can be sent or read any more */
};

int plain_open(const char *address)
{
	const char *colon = strrchr(address, ':');
	uint64_t port;
	assert_true(text_to_u64(text_of(colon + 1), 1, 65535, &port));
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	const int on = 1;
	assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static bool wait_for(struct peer *peer, enum tls_want want)
{
	struct pollfd poll_fd = {.fd = peer->fd,
				 .events = want == TLS_WANTS_READ ? POLLIN : POLLOUT};
	return poll(&poll_fd, 1, WAIT_MS) == 1;
}

struct peer *peer_open(const char *address, const struct identity *identity)
{
	struct err err = {0};
	struct peer *peer = mem_new(1, sizeof(*peer));
	struct tls_setup setup = {.ca_pem = buf_view(&identity->ca_cert)};
	enum tls_want want;
	peer->fd = plain_open(address);
	fcntl(peer->fd, F_SETFL, O_NONBLOCK);
	peer->context = tls_context_new(&setup, &err);
	assert_non_null(peer->context);
	peer->tls = tls_new(peer->context, peer->fd, "127.0.0.1", &err);
	assert_non_null(peer->tls);
	while ((want = tls_handshake(peer->tls, &err)) != TLS_DONE)
		if (want == TLS_CLOSED || want == TLS_FAILED || !wait_for(peer, want)) {
			peer_close(&peer);
			return NULL;
		}
	return peer;
}

void peer_send(struct peer *peer, const char *text)
{
	struct err err = {0};
	struct text rest = text_of(text);
	while (rest.len > 0 && !peer->broken) {
		size_t len = 0;
		enum tls_want want = tls_write(peer->tls, rest, &len, &err);
		peer->broken = want == TLS_CLOSED || want == TLS_FAILED;
		if (peer->broken)
			return; /* it does not want to hear more */
		if (want != TLS_DONE && !wait_for(peer, want))
			return;
		rest.at += len;
		rest.len -= len;
	}
}

bool peer_sees(struct peer *peer, const char *until)
{
	char piece[4096];
	for (;;) {
		struct err err = {0};
		size_t len = 0;
		if (peer->seen.at && strstr(peer->seen.at, until))
			return true;
		if (peer->broken)
			return false;
		enum tls_want want = tls_read(peer->tls, piece, sizeof(piece), &len, &err);
		peer->broken = want == TLS_FAILED;
		if (want == TLS_DONE)
			buf_add(&peer->seen, piece, len);
		else if (want == TLS_CLOSED || want == TLS_FAILED || !wait_for(peer, want))
			return false;
	}
}

const char *peer_seen(const struct peer *peer)
{
	return peer->seen.at ? peer->seen.at : "";
}

void peer_forget(struct peer *peer)
{
	buf_clear(&peer->seen);
}

void peer_close(struct peer **peer)
{
	if (!*peer)
		return;
	tls_free(&(*peer)->tls);
	tls_context_free(&(*peer)->context);
	close((*peer)->fd);
	buf_end(&(*peer)->seen);
	mem_free(peer);
}
