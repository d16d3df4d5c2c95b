#include "net/http/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "net/http/inner.h"

#define BACKLOG 1024
#define STACK_SIZE (1u << 20)
#define DRAIN_MS 3000 /* for connections to end */
#define DRAIN_LOOK_MS 5
#define DRAIN_LOOKS 3 /* that find none */

/* TLS 1.2 and 1.3, ephemeral elliptic curves and authenticated ciphers alone. */
static const char priorities[] =
	"NONE:+VERS-TLS1.3:+VERS-TLS1.2:+ECDHE-ECDSA:+ECDHE-RSA:+AES-256-GCM:+AES-128-GCM:"
	"+CHACHA20-POLY1305:+AEAD:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:+COMP-NULL:"
	"+CTYPE-ALL:+SIGN-ECDSA-SHA256:+SIGN-ECDSA-SHA384:+SIGN-ECDSA-SHA512:"
	"+SIGN-ECDSA-SECP256R1-SHA256:+SIGN-ECDSA-SECP384R1-SHA384:+SIGN-ECDSA-SECP521R1-SHA512:"
	"+SIGN-EDDSA-ED25519:+SIGN-RSA-PSS-RSAE-SHA256:+SIGN-RSA-PSS-RSAE-SHA384:"
	"+SIGN-RSA-SHA256:+SIGN-RSA-SHA384:%SERVER_PRECEDENCE";

/* "*:8443", "[::1]:8443", "127.0.0.1:8443" as the address of a socket. */
static bool read_address(const char *listen, struct sockaddr_storage *address, socklen_t *len,
			 bool *both, struct err *err)
{
	char host[HTTP_ADDRESS_SIZE] = {0};
	const char *colon = strrchr(listen, ':');
	size_t host_len = colon ? (size_t)(colon - listen) : 0;
	uint64_t port;
	if (!colon || host_len == 0 || host_len >= sizeof(host) ||
	    !text_to_u64(text_of(colon + 1), 0, 65535, &port))
		return err_set(err, ERR_INPUT,
			       "\"%s\" is no place to listen; give an address and a port, such as "
			       "127.0.0.1:8443, [::1]:8443 or *:8443",
			       listen);
	bool bracket = listen[0] == '[' && listen[host_len - 1] == ']';
	memcpy(host, listen + (bracket ? 1 : 0), host_len - (bracket ? 2 : 0));
	*both = strcmp(host, "*") == 0;
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
	struct addrinfo *found = NULL;
	if (getaddrinfo(*both ? "::" : host, colon + 1, &hints, &found) != 0 ||
	    (found->ai_family == AF_INET6 && !bracket && !*both)) {
		if (found)
			freeaddrinfo(found);
		return err_set(err, ERR_INPUT,
			       "\"%s\" is no place to listen; give an address, not a name, such as "
			       "127.0.0.1:8443, [::1]:8443 or *:8443",
			       listen);
	}
	memcpy(address, found->ai_addr, found->ai_addrlen);
	*len = found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

static bool put_address(int fd, char out[static HTTP_ADDRESS_SIZE], struct err *err)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);
	char host[INET6_ADDRSTRLEN], port[8];
	if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		return err_errno(err, "cannot ask for a socket's address");
	if (getnameinfo((struct sockaddr *)&address, len, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return err_set(err, ERR_SYSTEM, "cannot write a socket's address as text");
	snprintf(out, HTTP_ADDRESS_SIZE, address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host,
		 port);
	return true;
}

static int open_socket(const char *listen_at, char address_out[static HTTP_ADDRESS_SIZE],
		       struct err *err)
{
	struct sockaddr_storage address;
	socklen_t len = 0;
	bool both = false;
	const int on = 1;
	if (!read_address(listen_at, &address, &len, &both, err))
		return -1;
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		err_errno(err, "cannot listen on %s", listen_at);
		return -1;
	}
	const int only = both ? 0 : 1;
	bool done = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
		    (address.ss_family != AF_INET6 ||
		     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only)) == 0) &&
		    bind(fd, (struct sockaddr *)&address, len) == 0 && listen(fd, BACKLOG) == 0;
	if (!done) {
		err_errno(err, "cannot listen on %s", listen_at);
		if (err->kind == ERR_SYSTEM)
			err_set(err, ERR_SYSTEM,
				"cannot listen on %s: the port is taken or the address is not this "
				"machine's; choose another with --listen",
				listen_at);
	}
	if (!done || !put_address(fd, address_out, err)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void log_inside(void *cls, const char *text, va_list list) format_like(2, 0);
static void log_inside(void *cls, const char *text, va_list list)
{
	(void)cls;
	char line[256], shown[LOG_VALUE_SIZE];
	vsnprintf(line, sizeof(line), text, list);
	log_write(LOG_DEBUG, "http", "%s", log_value(text_trim(text_of(line)), shown));
}

static void panic(void *cls, const char *file, unsigned line, const char *reason)
{
	(void)cls, (void)line;
	log_write(LOG_ERROR, "http", "libmicrohttpd gave up, place=%s reason=%s", file,
		  reason ? reason : "");
	must(!"libmicrohttpd found itself broken");
}

static void link_begin(const struct daemon *daemon, struct MHD_Connection *connection, void **slot)
{
	struct http *http = daemon->http;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct link *link = mem_new(1, sizeof(*link));
	link->fd = info ? info->connect_fd : -1;
	link->since_us = time_span_us();
	link->daemon = daemon;
	lock_take(http->lock);
	link->next = http->links;
	link->before = &http->links;
	if (link->next)
		link->next->before = &link->next;
	http->links = link;
	http->link_count++;
	http->begun++;
	lock_wake(http->lock); /* the door */
	lock_give(http->lock);
	*slot = link;
}

static void link_end(struct http *http, void **slot)
{
	struct link *link = *slot;
	if (!link)
		return;
	lock_take(http->lock);
	*link->before = link->next;
	if (link->next)
		link->next->before = link->before;
	http->link_count--;
	lock_wake(http->lock); /* whoever drains */
	lock_give(http->lock);
	mem_free(slot);
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **slot,
			  enum MHD_ConnectionNotificationCode what)
{
	const struct daemon *daemon = cls;
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		link_begin(daemon, connection, slot);
	else
		link_end(daemon->http, slot);
}

/* Addresses are decoded by target_parse alone. */
static size_t leave_escaped(void *cls, struct MHD_Connection *connection, char *text)
{
	(void)cls, (void)connection;
	return strlen(text);
}

/* NULL when it can't. Key and certificate are read here, and not kept. */
static struct daemon *start_daemon(struct http *http, char *key_pem, char *cert_pem,
				   struct err *err)
{
	struct daemon *daemon = mem_new(1, sizeof(*daemon));
	daemon->http = http;
	const struct MHD_OptionItem options[] = {
		{MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)log_inside, NULL},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, key_pem},
		{MHD_OPTION_HTTPS_MEM_CERT, 0, cert_pem},
		{MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)priorities},
		{MHD_OPTION_THREAD_POOL_SIZE, http->threads, NULL},
		{MHD_OPTION_THREAD_STACK_SIZE, STACK_SIZE, NULL},
		/* Each thread could take all: the door counts (libmicrohttpd's threads wait for
		 * each other without end when more are added than they may have). */
		{MHD_OPTION_CONNECTION_LIMIT,
		 (intptr_t)http->threads * (http->connections + 2 * HTTP_LET_IN_MAX), NULL},
		{MHD_OPTION_PER_IP_CONNECTION_LIMIT, http->connections_address, NULL},
		{MHD_OPTION_CONNECTION_MEMORY_LIMIT, HTTP_HEAD_MAX, NULL},
		{MHD_OPTION_CONNECTION_TIMEOUT, HTTP_IDLE_S, NULL},
		{MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
		{MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)exchange_end, http},
		{MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, daemon},
		{MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)exchange_begin, http},
		{MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)leave_escaped, NULL},
		{MHD_OPTION_END, 0, NULL},
	};
	daemon->mhd = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TLS | MHD_ALLOW_SUSPEND_RESUME |
			MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG,
		0, NULL, NULL, exchange_continue, http, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
	if (!daemon->mhd) {
		err_set(err, ERR_INPUT,
			"cannot serve HTTPS on %s: key and certificate are unusable or do not "
			"belong together",
			http->address);
		mem_free(&daemon);
	}
	return daemon;
}

/* Ends all connections of a daemon that gets no new ones, and waits for that: libmicrohttpd follows
 * a NULL pointer when it refuses a request while it is being stopped (0.9.75). */
static void drain(struct http *http, const struct daemon *daemon)
{
	int64_t until_us = time_span_us() + DRAIN_MS * INT64_C(1000);
	unsigned quiet = 0; /* one may just be on its way from the door */
	lock_take(http->lock);
	while (quiet < DRAIN_LOOKS && time_span_us() < until_us) {
		size_t open = 0;
		for (struct link *link = http->links; link; link = link->next) {
			if (link->daemon != daemon)
				continue;
			open++;
			if (link->fd >= 0)
				shutdown(link->fd, SHUT_RDWR);
			link->fd = -1;
		}
		exchange_wake_all(http);
		quiet = open == 0 ? quiet + 1 : 0;
		lock_wait(http->lock, DRAIN_LOOK_MS);
	}
	lock_give(http->lock);
}

/* Ends the daemon and everything open. */
static void stop_daemon(struct http *http, struct daemon *daemon)
{
	lock_take(http->lock);
	http->stopping = true;
	lock_give(http->lock);
	drain(http, daemon);
	MHD_stop_daemon(daemon->mhd);
	mem_free(&daemon);
	lock_take(http->lock);
	http->stopping = false;
	lock_give(http->lock);
}

struct http *http_start(const struct http_config *config, struct err *err)
{
	must(config->threads > 1 && config->connections >= config->threads);
	MHD_set_panic_func(panic, NULL);
	struct http *http = mem_new(1, sizeof(*http));
	http->lock = lock_new();
	http->admitting = lock_new();
	http->bell[0] = http->bell[1] = -1;
	http->taker = config->taker;
	http->threads = config->threads;
	http->connections = config->connections;
	http->connections_address = config->connections_address;
	char *key = mem_copy(config->key_pem.at, config->key_pem.len);
	char *cert = mem_copy(config->cert_pem.at, config->cert_pem.len);
	http->fd = open_socket(config->listen, http->address, err);
	if (http->fd >= 0)
		http->daemon = start_daemon(http, key, cert, err);
	explicit_bzero(key, config->key_pem.len);
	mem_free(&key);
	mem_free(&cert);
	if (!http->daemon || !door_open(http, err))
		http_stop(&http);
	return http;
}

const char *http_address(const struct http *http)
{
	return http->address;
}

/* New connections go to the new one before the old one ends, so that nobody is turned away. */
bool http_reload(struct http *http, struct text key_pem, struct text cert_pem, struct err *err)
{
	struct daemon *old = http->daemon;
	char *key = mem_copy(key_pem.at, key_pem.len), *cert = mem_copy(cert_pem.at, cert_pem.len);
	struct daemon *new = start_daemon(http, key, cert, err);
	if (new) {
		lock_take(http->admitting);
		http->daemon = new;
		lock_give(http->admitting);
		stop_daemon(http, old);
	}
	explicit_bzero(key, key_pem.len);
	mem_free(&key);
	mem_free(&cert);
	return new;
}

void http_wake(struct http *http)
{
	lock_take(http->lock);
	exchange_wake_all(http);
	lock_give(http->lock);
}

void http_tick(struct http *http, int64_t span_us)
{
	lock_take(http->lock);
	for (struct link *link = http->links; link; link = link->next)
		if (!link->answering && link->fd >= 0 &&
		    span_us - link->since_us > HTTP_REQUEST_MS * INT64_C(1000)) {
			shutdown(link->fd, SHUT_RDWR); /* its thread sees the end and closes it */
			link->fd = -1;
		}
	lock_give(http->lock);
}

size_t http_connections(struct http *http)
{
	lock_take(http->lock);
	size_t count = http->link_count;
	lock_give(http->lock);
	return count;
}

void http_stop(struct http **http)
{
	if (!*http)
		return;
	door_close(*http);
	if ((*http)->daemon)
		stop_daemon(*http, (*http)->daemon);
	if ((*http)->fd >= 0)
		close((*http)->fd);
	lock_free(&(*http)->lock);
	lock_free(&(*http)->admitting);
	mem_free(http);
}
