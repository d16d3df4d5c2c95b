/* badserver: a server of one vice, for tests of what looks at servers.
 *
 *	badserver VICE [CERTIFICATE [ARGUMENT]]
 *	badserver certs FOLDER		makes certificates of every kind, each with its key
 *
 * Listens on a free port of 127.0.0.1, prints its number, and goes on until it is killed. The vices
 * are in the table below. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

#define HELD_MAX 1024
#define DAY 86400L

static const char *certificate, *argument; /* of the command line; NULL: not given */

static _Noreturn void die(const char *what)
{
	perror(what);
	ERR_print_errors_fp(stderr);
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

static void say(int fd, const void *bytes, size_t len)
{
	if (write(fd, bytes, len) != (ssize_t)len)
		exit(0);
}

/* Reads at least len bytes. */
static size_t hear(int fd, unsigned char *bytes, size_t size, size_t len)
{
	size_t have = 0;
	while (have < len) {
		ssize_t got = read(fd, bytes + have, size - have);
		if (got <= 0)
			exit(0);
		have += (size_t)got;
	}
	return have;
}

/* -------- without TLS -------- */

static void hang(int fd)
{
	(void)fd;
	wait_for_the_end();
}

static void reset(int fd)
{
	const struct linger now = {.l_onoff = 1};
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static void shut(int fd)
{
	(void)fd;
}

static void garbage(int fd)
{
	unsigned char bytes[256];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 73 + 41);
	for (int i = 0; i < 1000; i++)
		say(fd, bytes, sizeof(bytes));
	wait_for_the_end();
}

static void plain_http(int fd)
{
	static const char answer[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
	say(fd, answer, sizeof(answer) - 1);
}

/* The first half of a ServerHello, and no more. */
static void half(int fd)
{
	static const unsigned char bytes[] = {22, 3, 3, 0, 80, 2, 0, 0, 76, 3, 3, 1, 2, 3};
	unsigned char hello[4096];
	(void)hear(fd, hello, sizeof(hello), 6);
	say(fd, bytes, sizeof(bytes));
	wait_for_the_end();
}

/* A byte each tenth of a second. */
static void drip(int fd)
{
	static const unsigned char head[] = {22, 3, 3, 64, 0, 2};
	for (size_t i = 0;; i++) {
		say(fd, i < sizeof(head) ? &head[i] : head, 1);
		usleep(100000);
	}
}

static void alert(int fd)
{
	static const unsigned char bytes[] = {21, 3, 3, 0, 2, 2, 40}; /* handshake_failure */
	unsigned char hello[4096];
	(void)hear(fd, hello, sizeof(hello), 6);
	say(fd, bytes, sizeof(bytes));
}

/* Takes one cipher in one version, by a ServerHello alone: what no library of today would. */
static void take_one(int fd, unsigned version, unsigned cipher)
{
	static const unsigned char alert_bytes[] = {21, 3, 0, 0, 2, 2, 40};
	unsigned char hello[4096], answer[47] = {22, 3, 0, 0, 42, 2, 0, 0, 38, 3};
	size_t len = hear(fd, hello, sizeof(hello), 44);
	size_t at = 44 + (size_t)hello[43]; /* the ciphers' length, behind the session */
	bool offered = hello[9] == 3 && hello[10] == version;
	bool listed = false;
	if (at + 2 > len)
		exit(0);
	for (size_t i = at + 2, end = i + ((size_t)hello[at] << 8 | hello[at + 1]);
	     i + 1 < len && i < end; i += 2)
		listed |= (unsigned)(hello[i] << 8 | hello[i + 1]) == cipher;
	if (!offered || !listed) {
		say(fd, alert_bytes, sizeof(alert_bytes));
		return;
	}
	answer[10] = (unsigned char)version;
	answer[44] = (unsigned char)(cipher >> 8);
	answer[45] = (unsigned char)cipher;
	say(fd, answer, sizeof(answer));
}

static void take_ssl3(int fd)
{
	take_one(fd, 0, 0x002f);
}

static void take_rc4(int fd)
{
	take_one(fd, 3, 0x0005);
}

/* -------- with TLS -------- */

static SSL *begin_tls(int fd)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_security_level(context, 0);
	if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
	    SSL_CTX_use_PrivateKey_file(context, certificate, SSL_FILETYPE_PEM) != 1)
		die("badserver: certificate");
	SSL *ssl = SSL_new(context);
	if (!ssl || SSL_set_fd(ssl, fd) != 1 || SSL_accept(ssl) != 1)
		exit(0);
	return ssl;
}

static void say_tls(SSL *ssl, const char *text)
{
	if (SSL_write(ssl, text, (int)strlen(text)) <= 0)
		exit(0);
}

static void web(int fd)
{
	char request[2048];
	SSL *ssl = begin_tls(fd);
	(void)!SSL_read(ssl, request, sizeof(request));
	say_tls(ssl, "HTTP/1.1 200 OK\r\nServer: bad\r\n");
	if (argument) {
		say_tls(ssl, "strict-transport-security:  ");
		say_tls(ssl, argument);
		say_tls(ssl, "\r\n");
	}
	say_tls(ssl, "Content-Length: 0\r\n\r\n");
	(void)SSL_shutdown(ssl);
}

static void endless(int fd)
{
	char request[2048];
	SSL *ssl = begin_tls(fd);
	(void)!SSL_read(ssl, request, sizeof(request));
	say_tls(ssl, "HTTP/1.1 200 OK\r\n");
	for (;;)
		say_tls(ssl, "X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n");
}

/* Agrees to TLS, and then says nothing. */
static void mute(int fd)
{
	(void)begin_tls(fd);
	wait_for_the_end();
}

/* -------- before TLS -------- */

static const struct talk {
	const char *protocol;
	struct {
		const char *say; /* then hear so many bytes */
		size_t say_len, hear;
	} steps[4];
} talks[] = {
#define SAY(text) text, sizeof(text) - 1
	{"smtp",
	 {{SAY("220-mail\r\n220 mail ESMTP\r\n"), 6},
	  {SAY("250-mail\r\n250-SIZE 1\r\n250 STARTTLS\r\n"), 10},
	  {SAY("220 go ahead\r\n"), 0}}},
	{"imap", {{SAY("* OK ready\r\n"), 12}, {SAY("* CAPABILITY x\r\na OK begin\r\n"), 0}}},
	{"pop3", {{SAY("+OK ready\r\n"), 6}, {SAY("+OK begin\r\n"), 0}}},
	{"ftp", {{SAY("220-files\r\n  here\r\n220 files\r\n"), 10}, {SAY("234 begin\r\n"), 0}}},
	{"xmpp",
	 {{SAY(""), 20},
	  {SAY("<?xml version='1.0'?><stream:stream><stream:features><starttls "
	       "xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"),
	   20},
	  {SAY("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"), 0}}},
	{"ldap",
	 {{SAY(""), 31}, {SAY("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"), 0}}},
	{"postgres", {{SAY(""), 8}, {SAY("S"), 0}}},
	{"mysql",
	 {{SAY("\x27\0\0\0\x0a"
	       "8.0.1\0\1\0\0\0abcdefgh\0\xff\xff\x21\0\0\xff\xff\x15\0\0\0\0\0\0\0\0\0\0\0"),
	   36},
	  {SAY(""), 0}}},
#undef SAY
};

static void starttls(int fd)
{
	unsigned char bytes[4096];
	for (size_t i = 0; i < array_len(talks); i++)
		for (size_t j = 0; argument && strcmp(talks[i].protocol, argument) == 0 && j < 4;
		     j++) {
			say(fd, talks[i].steps[j].say, talks[i].steps[j].say_len);
			/* of mysql TLS may follow at once */
			size_t room = strcmp(argument, "mysql") == 0 ? talks[i].steps[j].hear
								     : sizeof(bytes);
			if (talks[i].steps[j].hear > 0)
				(void)hear(fd, bytes, room, talks[i].steps[j].hear);
		}
	web(fd);
}

/* -------- servers that are bad as a whole -------- */

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

/* Answers each datagram with what `change` makes of it. */
static _Noreturn void answer_each(size_t (*change)(unsigned char *bytes, size_t len))
{
	int fd = make(SOCK_DGRAM, 0);
	for (;;) {
		unsigned char bytes[2048];
		struct sockaddr_in from;
		socklen_t size = sizeof(from);
		ssize_t len = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from,
				       &size);
		if (len < 0)
			continue;
		size_t out = change(bytes, (size_t)len);
		if (out > 0)
			(void)!sendto(fd, bytes, out, 0, (struct sockaddr *)&from, size);
	}
}

static size_t as_it_is(unsigned char *bytes, size_t len)
{
	(void)bytes;
	return len;
}

static size_t nothing(unsigned char *bytes, size_t len)
{
	(void)bytes;
	(void)len;
	return 0;
}

/* The time, wrong by the argument in seconds. */
static size_t as_time(unsigned char *bytes, size_t len)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (len < 48)
		return 0;
	int64_t wrong_s = 0;
	(void)!text_to_i64(text_of(argument), INT32_MIN, INT32_MAX, &wrong_s);
	uint32_t seconds = (uint32_t)(now.tv_sec + 2208988800L + wrong_s);
	uint32_t fraction = (uint32_t)(((uint64_t)now.tv_nsec << 32) / 1000000000);
	memmove(bytes + 24, bytes + 40, 8); /* the question's stamp */
	bytes[0] = 0x24;
	bytes[1] = 2;
	for (int i = 0; i < 4; i++) {
		bytes[32 + i] = bytes[40 + i] = (unsigned char)(seconds >> (24 - 8 * i));
		bytes[36 + i] = bytes[44 + i] = (unsigned char)(fraction >> (24 - 8 * i));
	}
	return 48;
}

static size_t as_refusal(unsigned char *bytes, size_t len)
{
	size_t out = as_time(bytes, len);
	bytes[1] = 0;
	memcpy(bytes + 12, "RATE", 4);
	return out;
}

static void echo(void)
{
	answer_each(as_it_is);
}
static void swallow(void)
{
	answer_each(nothing);
}
static void tell_time(void)
{
	answer_each(as_time);
}
static void refuse_time(void)
{
	answer_each(as_refusal);
}

/* -------- certificates -------- */

struct kind {
	const char *name;
	int rsa_bits;     /* 0: ECDSA on P-256 */
	long from, until; /* seconds from now */
	const char *names;
	bool sha1, own, absurd, authority; /* own: signed by itself */
};

static const struct kind kinds[] = {
	{"good", 2048, -DAY, 60 * DAY, "DNS:localhost,IP:127.0.0.1", .own = false},
	{"ecdsa", 0, -DAY, 60 * DAY, "DNS:localhost,IP:127.0.0.1", .own = false},
	{"expired", 2048, -90 * DAY, -DAY, "DNS:localhost,IP:127.0.0.1", .own = false},
	{"future", 2048, 5 * DAY, 90 * DAY, "DNS:localhost,IP:127.0.0.1", .own = false},
	{"other", 2048, -DAY, 60 * DAY, "DNS:elsewhere.example,DNS:*.example.net", .own = false},
	{"own", 2048, -DAY, 60 * DAY, "DNS:localhost,IP:127.0.0.1", .own = true},
	{"weak", 1024, -DAY, 60 * DAY, "DNS:localhost,IP:127.0.0.1", .sha1 = true},
	{"absurd", 2048, -DAY, 290000L * DAY, NULL, .own = true, .absurd = true},
};

static void put_name(X509_NAME *name, const char *common, bool absurd)
{
	unsigned char text[64];
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (unsigned char)(i % 32);
	(void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)common,
					 -1, -1, 0);
	for (int i = 0; absurd && i < 300; i++)
		(void)X509_NAME_add_entry_by_txt(name, "OU", MBSTRING_ASC, text, sizeof(text), -1,
						 0);
}

static void put_names(X509 *x509, const struct kind *kind)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	for (int i = 0; kind->absurd && i < 5000; i++) {
		char text[32];
		GENERAL_NAME *name = GENERAL_NAME_new();
		ASN1_IA5STRING *string = ASN1_IA5STRING_new();
		int len = snprintf(text, sizeof(text), "n%d%c.example", i, i % 7 ? 'x' : '\0');
		(void)ASN1_STRING_set(string, text, len);
		GENERAL_NAME_set0_value(name, GEN_DNS, string);
		(void)sk_GENERAL_NAME_push(names, name);
	}
	if (kind->absurd)
		(void)X509_add1_ext_i2d(x509, NID_subject_alt_name, names, 0, 0);
	GENERAL_NAMES_free(names);
	X509V3_CTX context;
	X509V3_set_ctx(&context, x509, x509, NULL, NULL, 0);
	X509_EXTENSION *extension = kind->names
					    ? X509V3_EXT_conf_nid(NULL, &context,
								  NID_subject_alt_name, kind->names)
					    : NULL;
	if (extension)
		(void)X509_add_ext(x509, extension, -1);
	X509_EXTENSION_free(extension);
	extension = kind->authority ? X509V3_EXT_conf_nid(NULL, &context, NID_basic_constraints,
							  "critical,CA:TRUE")
				    : NULL;
	if (extension)
		(void)X509_add_ext(x509, extension, -1);
	X509_EXTENSION_free(extension);
}

static X509 *make_certificate(const struct kind *kind, EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key)
{
	X509 *x509 = X509_new();
	(void)X509_set_version(x509, 2);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(x509), (long)(kind - kinds) + 2);
	(void)X509_time_adj_ex(X509_getm_notBefore(x509), 0, kind->from, NULL);
	(void)X509_time_adj_ex(X509_getm_notAfter(x509), (int)(kind->until / DAY), 0, NULL);
	(void)X509_set_pubkey(x509, key);
	put_name(X509_get_subject_name(x509), kind->name, kind->absurd);
	X509 *issuer = kind->own || !ca ? x509 : ca;
	(void)X509_set_issuer_name(x509, X509_get_subject_name(issuer));
	put_names(x509, kind);
	if (X509_sign(x509, issuer == x509 ? key : ca_key,
		      kind->sha1 ? EVP_sha1() : EVP_sha256()) <= 0)
		die("badserver: sign");
	return x509;
}

static void save(const char *folder, const char *name, X509 *x509, EVP_PKEY *key)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/%s.pem", folder, name);
	FILE *file = fopen(path, "w");
	if (!file || PEM_write_X509(file, x509) != 1 ||
	    (key && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) != 1))
		die(path);
	fclose(file);
}

static int make_all(const char *folder)
{
	static const struct kind authority = {
		"authority", 0, -DAY, 3650 * DAY, NULL, .own = true, .authority = true};
	EVP_PKEY *ca_key = EVP_EC_gen("prime256v1");
	X509 *ca = make_certificate(&authority, ca_key, NULL, ca_key);
	save(folder, "ca", ca, NULL);
	for (size_t i = 0; i < array_len(kinds); i++) {
		EVP_PKEY *key = kinds[i].rsa_bits ? EVP_RSA_gen((unsigned)kinds[i].rsa_bits)
						  : EVP_EC_gen("prime256v1");
		X509 *x509 = make_certificate(&kinds[i], key, ca, ca_key);
		save(folder, kinds[i].name, x509, key);
		X509_free(x509);
		EVP_PKEY_free(key);
	}
	X509_free(ca);
	EVP_PKEY_free(ca_key);
	return 0;
}

/* -------- all -------- */

static const struct {
	const char *name;
	void (*serve)(int fd); /* one connection, in a process of its own */
	void (*be)(void);      /* the server as a whole */
} vices[] = {
	{"hang", hang, NULL},          /* takes connections, says nothing */
	{"reset", reset, NULL},        /* takes them and resets them */
	{"close", shut, NULL},         /* takes them and closes them */
	{"garbage", garbage, NULL},    /* speaks no protocol */
	{"http", plain_http, NULL},    /* speaks HTTP, without TLS */
	{"half", half, NULL},          /* begins a handshake, and hangs */
	{"drip", drip, NULL},          /* begins one a byte at a time, for ever */
	{"alert", alert, NULL},        /* wants nothing of what is offered */
	{"ssl3", take_ssl3, NULL},     /* takes SSL 3.0 */
	{"rc4", take_rc4, NULL},       /* takes RC4-SHA with TLS 1.2 */
	{"web", web, NULL},            /* HTTP by TLS; ARGUMENT: its Strict-Transport-Security */
	{"endless", endless, NULL},    /* HTTP by TLS whose head never ends */
	{"mute", mute, NULL},          /* TLS, and then nothing */
	{"starttls", starttls, NULL},  /* TLS after the talk of the protocol ARGUMENT */
	{"full", NULL, be_full},       /* lets nobody in, and nobody know */
	{"udp-echo", NULL, echo},      /* sends datagrams back */
	{"udp-silent", NULL, swallow}, /* takes them and says nothing */
	{"time", NULL, tell_time},     /* SNTP, wrong by the seconds in CERTIFICATE's place */
	{"time-refuse", NULL, refuse_time},
};

int main(int argc, char **argv)
{
	certificate = argc > 2 ? argv[2] : NULL;
	argument = argc > 3 ? argv[3] : NULL;
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (argc == 3 && strcmp(argv[1], "certs") == 0)
		return make_all(argv[2]);
	for (size_t i = 0; i < array_len(vices) && argc > 1; i++) {
		if (strcmp(argv[1], vices[i].name) != 0)
			continue;
		if (vices[i].be) {
			argument = certificate;
			vices[i].be();
		}
		int listener = make(SOCK_STREAM, HELD_MAX);
		for (;;) {
			int fd = accept(listener, NULL, NULL);
			if (fd < 0)
				die("badserver: accept");
			if (fork() == 0) {
				vices[i].serve(fd);
				exit(0);
			}
			close(fd);
		}
	}
	fprintf(stderr, "badserver: name one vice of those in the table of badserver.c\n");
	return 2;
}
