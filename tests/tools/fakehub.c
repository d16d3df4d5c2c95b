/* fakehub: the server's end of muster/1 for tests of the agent alone; it does as its folder says.
 *
 *	fakehub DIR
 *
 * Makes a CA and a certificate in memory, listens on a free port of 127.0.0.1, and prints an
 *enrolment token. Of DIR: assign/NAME	documents that are assigned; SIGHUP reads them anew and
 *sends them check.json	on SIGUSR1, sent as a CHECK
 *	hold		while it is there, ITEMS are not acknowledged
 *	refuse		while it is there, HELLO is answered with REFUSED, final
 *	items.ndjson	what came: written before it is acknowledged; done.ndjson: the ends of runs
 *	hello.json	the last HELLO; left: a LEAVE came; declined.ndjson: the DECLINED
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/time.h"
#include "format/digest.h"
#include "net/link/message.h"
#include "net/link/token.h"
#include "net/tls/tls.h"
#include "os/loop.h"

#define PEERS_MAX 64
#define PATH_SIZE 512
#define AGENT_ID "00112233445566778899aabbccddeeff"

struct peer {
	struct hub *hub;
	int fd; /* -1: free */
	struct tls *tls;
	bool shaken, enrolled, greeted;
	struct buf in, out;
};

struct hub {
	const char *folder;
	struct loop *loop;
	int listener;
	struct buf ca_key, ca;
	struct tls_context *tls;
	char secret[TOKEN_SECRET_SIZE];
	struct peer peers[PEERS_MAX];
};

static void die(const char *what, const struct err *err)
{
	fprintf(stderr, "fakehub: %s: %s\n", what, err->text);
	exit(3);
}

static char *path_of(const struct hub *hub, const char *name, char path[static PATH_SIZE])
{
	if (snprintf(path, PATH_SIZE, "%s/%s", hub->folder, name) >= PATH_SIZE)
		path[0] = '\0';
	return path;
}

static bool is_there(const struct hub *hub, const char *name)
{
	char path[PATH_SIZE];
	return access(path_of(hub, name, path), F_OK) == 0;
}

static bool read_file(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "rb");
	char piece[4096];
	size_t len;
	if (!file)
		return false;
	while ((len = fread(piece, 1, sizeof(piece), file)) > 0)
		buf_add(out, piece, len);
	fclose(file);
	return true;
}

/* mode "a" or "w"; a line is one write, so that a reader never sees half of one. */
static void keep(const struct hub *hub, const char *name, const char *mode, struct text text)
{
	char path[PATH_SIZE];
	FILE *file = fopen(path_of(hub, name, path), mode);
	if (!file)
		return;
	fwrite(text.at, 1, text.len, file);
	fputc('\n', file);
	fclose(file);
}

static void end_peer(struct peer *peer)
{
	if (peer->fd < 0)
		return;
	loop_remove(peer->hub->loop, peer->fd);
	tls_shut(peer->tls);
	tls_free(&peer->tls);
	close(peer->fd);
	buf_end(&peer->in);
	buf_end(&peer->out);
	*peer = (struct peer){.hub = peer->hub, .fd = -1};
}

static void say(struct peer *peer, enum message_type type, struct json *json)
{
	message_put(&peer->out, type, json);
	json_free(&json);
	loop_change(peer->hub->loop, peer->fd, LOOP_READ | LOOP_WRITE);
}

/* --- what the server says --- */

static void assign(struct peer *peer)
{
	struct json *json = json_new_object(), *list = json_new_list();
	char path[PATH_SIZE];
	DIR *folder = opendir(path_of(peer->hub, "assign", path));
	struct dirent *entry;
	while (folder && (entry = readdir(folder))) {
		struct buf text = {0};
		char name[300], digest[65];
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "assign/%s", entry->d_name);
		if (read_file(path_of(peer->hub, name, path), &text)) {
			struct json *one = json_new_object();
			digest_hex(buf_view(&text), digest);
			json_put_cstr(one, "name", entry->d_name);
			json_put_int(one, "revision", 1);
			json_put_cstr(one, "sha256", digest);
			json_put_text(one, "text", buf_view(&text));
			json_add(list, one);
		}
		buf_end(&text);
	}
	if (folder)
		closedir(folder);
	json_put(json, "documents", list);
	say(peer, MESSAGE_ASSIGN, json);
}

static void refuse(struct peer *peer, const char *reason, bool final)
{
	struct json *json = json_new_object();
	json_put_cstr(json, "reason", reason);
	json_put_bool(json, "final", final);
	say(peer, MESSAGE_REFUSED, json);
}

static void enrol(struct peer *peer, const struct json *told)
{
	struct hub *hub = peer->hub;
	struct err err = {0};
	struct buf cert = {0};
	const struct tls_grant grant = {AGENT_ID, NULL, false, 30, time_now_us()};
	if (!text_is(json_text(told, "token"), hub->secret))
		refuse(peer, "the token is unknown, used or expired", true);
	else if (!tls_sign(buf_view(&hub->ca_key), buf_view(&hub->ca), json_text(told, "csr"),
			   &grant, &cert, &err))
		refuse(peer, err.text, true);
	else {
		struct json *json = json_new_object();
		json_put_cstr(json, "agent", AGENT_ID);
		json_put_text(json, "certificate", buf_view(&cert));
		json_put_text(json, "ca", buf_view(&hub->ca));
		say(peer, MESSAGE_ENROLLED, json);
		memset(hub->secret, 'x', sizeof(hub->secret) - 1);
	}
	buf_end(&cert);
}

static void greet(struct peer *peer, struct text hello)
{
	char now[TIME_TEXT_SIZE];
	keep(peer->hub, "hello.json", "w", hello);
	if (is_there(peer->hub, "refuse")) {
		refuse(peer, "this agent was revoked", true);
		return;
	}
	struct json *json = json_new_object();
	time_put(time_now_us(), now);
	json_put_cstr(json, "agent", AGENT_ID);
	json_put_cstr(json, "now", now);
	say(peer, MESSAGE_WELCOME, json);
	peer->greeted = true;
	assign(peer);
}

static void take_items(struct peer *peer, const struct json *told)
{
	const struct json *items = json_get(told, "items");
	if (is_there(peer->hub, "hold"))
		return;
	for (size_t i = 0; i < json_count(items); i++) {
		struct buf line = {0};
		json_write(json_at(items, i), &line);
		keep(peer->hub, "items.ndjson", "a", buf_view(&line));
		buf_end(&line);
	}
	if (json_get(told, "done")) {
		struct buf line = {0};
		json_write(json_get(told, "done"), &line);
		keep(peer->hub, "done.ndjson", "a", buf_view(&line));
		buf_end(&line);
	}
	struct json *json = json_new_object();
	json_put_int(json, "seq", json_int(told, "seq", 0));
	say(peer, MESSAGE_ACK, json);
}

static void take_message(struct peer *peer, const struct message *message)
{
	struct err err = {0};
	struct json *json = json_parse(message->body, &err);
	if (!json)
		die("a message that is no JSON", &err);
	switch ((unsigned)message->type) {
	case MESSAGE_ENROLL:
		enrol(peer, json);
		break;
	case MESSAGE_HELLO:
		greet(peer, message->body);
		break;
	case MESSAGE_ITEMS:
		take_items(peer, json);
		break;
	case MESSAGE_PING:
		say(peer, MESSAGE_PONG, json_new_object());
		break;
	case MESSAGE_DECLINED:
		keep(peer->hub, "declined.ndjson", "a", message->body);
		break;
	case MESSAGE_LEAVE:
		keep(peer->hub, "left", "w", TEXT("1"));
		keep(peer->hub, "refuse", "w", TEXT("1"));
		for (size_t i = 0; i < PEERS_MAX; i++)
			if (peer->hub->peers[i].greeted)
				refuse(&peer->hub->peers[i], "this agent was revoked", true);
		break;
	default:
		break;
	}
	json_free(&json);
}

/* --- connections --- */

static void take_all(struct peer *peer)
{
	for (bool whole = true; whole && peer->fd >= 0;) {
		struct err err = {0};
		struct message message = {0};
		size_t used = 0;
		if (!message_get(buf_view(&peer->in), MESSAGE_FROM_AGENT, peer->enrolled, &message,
				 &used, &whole, &err)) {
			fprintf(stderr, "fakehub: %s\n", err.text);
			end_peer(peer);
			return;
		}
		if (!whole)
			return;
		take_message(peer, &message);
		if (peer->fd >= 0)
			buf_drop(&peer->in, used);
	}
}

static void serve(struct peer *peer)
{
	struct err err = {0};
	char piece[4096];
	size_t len = 0;
	enum tls_want want = TLS_DONE;
	while (peer->out.len > 0 && want == TLS_DONE) {
		want = tls_write(peer->tls, buf_view(&peer->out), &len, &err);
		if (want == TLS_DONE)
			buf_drop(&peer->out, len);
	}
	if (want != TLS_CLOSED && want != TLS_FAILED)
		while ((want = tls_read(peer->tls, piece, sizeof(piece), &len, &err)) == TLS_DONE)
			buf_add(&peer->in, piece, len);
	bool over = want == TLS_CLOSED || want == TLS_FAILED;
	loop_change(peer->hub->loop, peer->fd, LOOP_READ | (peer->out.len > 0 ? LOOP_WRITE : 0u));
	take_all(peer);
	if (over)
		end_peer(peer);
}

static void ready(void *data, unsigned events __attribute__((__unused__)))
{
	struct peer *peer = data;
	struct err err = {0};
	if (!peer->shaken) {
		enum tls_want want = tls_handshake(peer->tls, &err);
		if (want == TLS_CLOSED || want == TLS_FAILED) {
			fprintf(stderr, "fakehub: %s\n", err.text);
			end_peer(peer);
			return;
		}
		loop_change(peer->hub->loop, peer->fd,
			    want == TLS_WANTS_WRITE ? LOOP_WRITE : LOOP_READ);
		if (want != TLS_DONE)
			return;
		peer->shaken = true;
		peer->enrolled = tls_peer_name(peer->tls)[0] != '\0';
	}
	serve(peer);
}

static void take_peer(void *data, unsigned events __attribute__((__unused__)))
{
	struct hub *hub = data;
	struct err err = {0};
	int fd = accept4(hub->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	for (size_t i = 0; fd >= 0 && i < PEERS_MAX; i++) {
		struct peer *peer = &hub->peers[i];
		if (peer->fd >= 0)
			continue;
		peer->fd = fd;
		peer->tls = tls_new(hub->tls, fd, NULL, &err);
		if (!peer->tls || !loop_add(hub->loop, fd, LOOP_READ, ready, peer, &err))
			die("a connection", &err);
		return;
	}
	if (fd >= 0)
		close(fd);
}

static void got_signal(void *data, int number)
{
	struct hub *hub = data;
	char path[PATH_SIZE];
	if (number == SIGTERM || number == SIGINT) {
		loop_stop(hub->loop);
		return;
	}
	for (size_t i = 0; i < PEERS_MAX; i++) {
		struct err err = {0};
		struct buf text = {0};
		if (hub->peers[i].fd < 0 || !hub->peers[i].greeted)
			continue;
		if (number == SIGHUP)
			assign(&hub->peers[i]);
		else if (read_file(path_of(hub, "check.json", path), &text)) {
			struct json *json = json_parse(buf_view(&text), &err);
			if (json)
				say(&hub->peers[i], MESSAGE_CHECK, json);
		}
		buf_end(&text);
	}
}

/* --- the beginning --- */

static void make_certificates(struct hub *hub)
{
	static const char *const names[] = {"localhost", "127.0.0.1", NULL};
	struct err err = {0};
	struct buf key = {0}, request = {0}, cert = {0};
	const struct tls_grant grant = {"localhost", names, true, 30, time_now_us()};
	if (!tls_make_key(&hub->ca_key, &err) ||
	    !tls_make_ca(buf_view(&hub->ca_key), "fakehub", time_now_us(), &hub->ca, &err) ||
	    !tls_make_key(&key, &err) ||
	    !tls_make_request(buf_view(&key), "localhost", &request, &err) ||
	    !tls_sign(buf_view(&hub->ca_key), buf_view(&hub->ca), buf_view(&request), &grant, &cert,
		      &err))
		die("certificates", &err);
	const struct tls_setup setup = {.is_server = true,
					.key_pem = buf_view(&key),
					.cert_pem = buf_view(&cert),
					.ca_pem = buf_view(&hub->ca),
					.alpn = TLS_ALPN_FLEET,
					.ask_client = true};
	hub->tls = tls_context_new(&setup, &err);
	if (!hub->tls)
		die("TLS", &err);
	buf_end(&key);
	buf_end(&request);
	buf_end(&cert);
}

static unsigned begin_listening(struct hub *hub)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	hub->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const char *port = getenv("FAKEHUB_PORT");
	uint64_t number = 0;
	int one = 1;
	if (port && text_to_u64(text_of(port), 1, 65535, &number))
		address.sin_port = htons((uint16_t)number);
	if (setsockopt(hub->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
	    bind(hub->listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(hub->listener, 16) != 0 ||
	    getsockname(hub->listener, (struct sockaddr *)&address, &size) != 0) {
		perror("fakehub: cannot listen");
		exit(3);
	}
	return ntohs(address.sin_port);
}

static void print_token(const struct hub *hub, unsigned port)
{
	struct err err = {0};
	struct token token = {0};
	struct buf word = {0};
	snprintf(token.address, sizeof(token.address), "127.0.0.1:%u", port);
	memcpy(token.secret, hub->secret, sizeof(token.secret));
	if (!tls_fingerprint(buf_view(&hub->ca), token.fingerprint, &err) ||
	    !token_make(&token, &word, &err))
		die("token", &err);
	printf("%s\n", word.at);
	fflush(stdout);
	buf_end(&word);
}

int main(int count, char **arguments)
{
	static struct hub hub;
	struct err err = {0};
	if (count != 2) {
		fprintf(stderr, "usage: fakehub DIR\n");
		return 2;
	}
	hub.folder = arguments[1];
	memcpy(hub.secret, "0123456789abcdef0123456789abcdef", sizeof(hub.secret));
	for (size_t i = 0; i < PEERS_MAX; i++)
		hub.peers[i] = (struct peer){.hub = &hub, .fd = -1};
	make_certificates(&hub);
	unsigned port = begin_listening(&hub);
	hub.loop = loop_new(&err);
	if (!hub.loop || !loop_add(hub.loop, hub.listener, LOOP_READ, take_peer, &hub, &err) ||
	    !loop_signals(hub.loop, (const int[]){SIGTERM, SIGINT, SIGHUP, SIGUSR1}, 4, got_signal,
			  &hub, &err))
		die("loop", &err);
	print_token(&hub, port);
	if (!loop_run(hub.loop, &err))
		die("loop", &err);
	for (size_t i = 0; i < PEERS_MAX; i++)
		end_peer(&hub.peers[i]);
	loop_free(&hub.loop);
	tls_context_free(&hub.tls);
	buf_end(&hub.ca);
	buf_end(&hub.ca_key);
	return 0;
}
