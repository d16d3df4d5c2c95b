#include "net/tls/tls.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/time.h"
#include "unit.h"

#define NOW_US (INT64_C(1764000000) * TIME_SECOND_US)

/* A CA, and what it signed; texts live as long as the test program. */
struct authority {
	struct buf key, cert;
	char pin[65];
};

struct identity {
	struct buf key, cert;
};

static struct err nothing(void)
{
	return (struct err){0};
}

static void make_authority(struct authority *authority, const char *name)
{
	struct err err = nothing();
	*authority = (struct authority){0};
	assert_true(tls_make_key(&authority->key, &err));
	assert_true(tls_make_ca(buf_view(&authority->key), name, time_now_us(), &authority->cert,
				&err));
	assert_true(tls_fingerprint(buf_view(&authority->cert), authority->pin, &err));
}

static void end_authority(struct authority *authority)
{
	buf_end(&authority->key);
	buf_end(&authority->cert);
}

static void make_identity(struct identity *identity, const struct authority *authority,
			  const struct tls_grant *grant)
{
	struct err err = nothing();
	struct buf request = {0};
	*identity = (struct identity){0};
	assert_true(tls_make_key(&identity->key, &err));
	assert_true(tls_make_request(buf_view(&identity->key), "anything", &request, &err));
	if (!tls_sign(buf_view(&authority->key), buf_view(&authority->cert), buf_view(&request),
		      grant, &identity->cert, &err))
		fail_msg("%s", err.text);
	buf_end(&request);
}

static void end_identity(struct identity *identity)
{
	buf_end(&identity->key);
	buf_end(&identity->cert);
}

/* Two ends that talk to each other. */
struct pair {
	int fds[2];
	struct tls_context *contexts[2];
	struct tls *ends[2]; /* the server's, the client's */
	struct err errs[2];
};

static void open_pair(struct pair *pair, const struct tls_setup *server,
		      const struct tls_setup *client, const char *host)
{
	struct err err = nothing();
	*pair = (struct pair){0};
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair->fds), 0);
	for (int i = 0; i < 2; i++) {
		pair->contexts[i] = tls_context_new(i == 0 ? server : client, &err);
		if (!pair->contexts[i])
			fail_msg("%s", err.text);
		pair->ends[i] = tls_new(pair->contexts[i], pair->fds[i], i == 0 ? NULL : host,
					&err);
		assert_non_null(pair->ends[i]);
	}
}

static void close_pair(struct pair *pair)
{
	for (int i = 0; i < 2; i++) {
		tls_free(&pair->ends[i]);
		tls_context_free(&pair->contexts[i]);
		close(pair->fds[i]);
	}
}

/* Lets both sides act until both are done or one has failed; whether both are done, the client
 * having read a byte of the server (only then does it know that it was accepted). */
static bool shake(struct pair *pair)
{
	bool done[2] = {false, false};
	for (int turn = 0; turn < 20; turn++)
		for (int i = 0; i < 2; i++) {
			enum tls_want want = done[i] ? TLS_DONE
						     : tls_handshake(pair->ends[i], &pair->errs[i]);
			done[i] = want == TLS_DONE;
			if (want == TLS_FAILED || want == TLS_CLOSED)
				return false;
		}
	char byte;
	size_t len = 0;
	return done[0] && done[1] &&
	       tls_write(pair->ends[0], TEXT("!"), &len, &pair->errs[0]) == TLS_DONE &&
	       tls_read(pair->ends[1], &byte, 1, &len, &pair->errs[1]) == TLS_DONE && byte == '!';
}

struct scene {
	struct authority ours, other;
	struct identity server, agent, stranger, late, early;
};

static void set_scene(struct scene *scene)
{
	static const char *const names[] = {"localhost", "127.0.0.1", "::1", "muster.example.net",
					    NULL};
	int64_t now_us = time_now_us();
	make_authority(&scene->ours, "our CA");
	make_authority(&scene->other, "our CA"); /* the name proves nothing */
	make_identity(&scene->server, &scene->ours,
		      &(struct tls_grant){"localhost", names, true, 30, now_us});
	make_identity(
		&scene->agent, &scene->ours,
		&(struct tls_grant){"0123456789abcdef0123456789abcdef", NULL, false, 30, now_us});
	make_identity(
		&scene->stranger, &scene->other,
		&(struct tls_grant){"0123456789abcdef0123456789abcdef", NULL, false, 30, now_us});
	make_identity(&scene->late, &scene->ours,
		      &(struct tls_grant){"late", NULL, false, 30, now_us - 40 * TIME_DAY_US});
	make_identity(&scene->early, &scene->ours,
		      &(struct tls_grant){"early", NULL, false, 30, now_us + 400 * TIME_DAY_US});
}

static void end_scene(struct scene *scene)
{
	end_authority(&scene->ours);
	end_authority(&scene->other);
	end_identity(&scene->server);
	end_identity(&scene->agent);
	end_identity(&scene->stranger);
	end_identity(&scene->late);
	end_identity(&scene->early);
}

static struct tls_setup serves(const struct scene *scene)
{
	return (struct tls_setup){.is_server = true,
				  .key_pem = buf_view(&scene->server.key),
				  .cert_pem = buf_view(&scene->server.cert),
				  .ca_pem = buf_view(&scene->ours.cert),
				  .alpn = TLS_ALPN_FLEET,
				  .ask_client = true};
}

static struct tls_setup comes_as(const struct scene *scene, const struct identity *identity)
{
	struct tls_setup setup = {.ca_pem = buf_view(&scene->ours.cert), .alpn = TLS_ALPN_FLEET};
	if (identity) {
		setup.key_pem = buf_view(&identity->key);
		setup.cert_pem = buf_view(&identity->cert);
	}
	return setup;
}

test(both_sides_know_each_other)
{
	struct scene scene;
	struct pair pair;
	struct err err = nothing();
	char fingerprint[65];
	set_scene(&scene);
	struct tls_setup server = serves(&scene), client = comes_as(&scene, &scene.agent);
	open_pair(&pair, &server, &client, "127.0.0.1");
	assert_true(shake(&pair));
	assert_string_equal(tls_peer_name(pair.ends[0]), "0123456789abcdef0123456789abcdef");
	assert_string_equal(tls_peer_name(pair.ends[1]), "localhost");
	assert_true(tls_fingerprint(buf_view(&scene.agent.cert), fingerprint, &err));
	assert_string_equal(tls_peer_fingerprint(pair.ends[0]), fingerprint);
	close_pair(&pair);
	end_scene(&scene);
}

test(the_pin_alone_is_enough_to_enrol)
{
	struct scene scene;
	struct pair pair;
	set_scene(&scene);
	struct tls_setup server = serves(&scene);
	struct tls_setup client = {.pin = scene.ours.pin, .alpn = TLS_ALPN_FLEET};
	open_pair(&pair, &server, &client, NULL);
	assert_true(shake(&pair));
	assert_string_equal(tls_peer_name(pair.ends[0]), "");
	assert_string_equal(tls_peer_fingerprint(pair.ends[0]), "");
	close_pair(&pair);
	end_scene(&scene);
}

test(another_ca_than_the_pinned_one_is_refused)
{
	struct scene scene;
	struct pair pair;
	set_scene(&scene);
	struct tls_setup server = serves(&scene);
	struct tls_setup client = {.pin = scene.other.pin, .alpn = TLS_ALPN_FLEET};
	open_pair(&pair, &server, &client, NULL);
	assert_false(shake(&pair));
	assert_int_equal(pair.errs[1].kind, ERR_REFUSED);
	assert_non_null(strstr(pair.errs[1].text, "does not have the CA that the token names"));
	close_pair(&pair);
	end_scene(&scene);
}

/* Somebody in between shows the pinned CA's certificate, but it did not sign theirs. */
test(the_pinned_ca_must_have_signed_the_server)
{
	struct scene scene;
	struct pair pair;
	set_scene(&scene);
	struct identity fake;
	make_identity(&fake, &scene.other,
		      &(struct tls_grant){"localhost", NULL, true, 30, time_now_us()});
	struct tls_setup server = serves(&scene);
	server.key_pem = buf_view(&fake.key);
	server.cert_pem = buf_view(&fake.cert);
	struct tls_setup client = {.pin = scene.ours.pin, .alpn = TLS_ALPN_FLEET};
	open_pair(&pair, &server, &client, NULL);
	assert_false(shake(&pair));
	assert_int_equal(pair.errs[1].kind, ERR_REFUSED);
	close_pair(&pair);
	end_identity(&fake);
	end_scene(&scene);
}

test(who_is_let_in)
{
	struct scene scene;
	set_scene(&scene);
	const struct {
		const char *what, *host;
		const struct identity *identity;
		bool pass;
	} cases[] = {
		{"a DNS name of the server", "muster.example.net", &scene.agent, true},
		{"an IPv6 address of the server", "::1", &scene.agent, true},
		{"no certificate: may enrol", "localhost", NULL, true},
		{"another name", "evil.example.net", &scene.agent, false},
		{"another address", "127.0.0.2", &scene.agent, false},
		{"another CA", "localhost", &scene.stranger, false},
		{"a server's certificate", "localhost", &scene.server, false},
		{"an expired certificate", "localhost", &scene.late, false},
		{"one that is not valid yet: a clock was set back", "localhost", &scene.early,
		 true},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct pair pair;
		struct tls_setup server = serves(&scene),
				 client = comes_as(&scene, cases[i].identity);
		open_pair(&pair, &server, &client, cases[i].host);
		if (shake(&pair) != cases[i].pass)
			fail_msg("%s: %s%s", cases[i].what, pair.errs[0].text, pair.errs[1].text);
		close_pair(&pair);
	}
	end_scene(&scene);
}

test(another_protocol_is_refused)
{
	struct scene scene;
	struct pair pair;
	set_scene(&scene);
	struct tls_setup server = serves(&scene), client = comes_as(&scene, &scene.agent);
	client.alpn = NULL;
	open_pair(&pair, &server, &client, NULL);
	assert_false(shake(&pair));
	assert_string_equal(pair.errs[0].text, "the peer does not speak muster/1");
	close_pair(&pair);
	client.alpn = "http/1.1";
	open_pair(&pair, &server, &client, NULL);
	assert_false(shake(&pair));
	close_pair(&pair);
	end_scene(&scene);
}

test(bytes_come_through_and_the_end_is_told)
{
	struct scene scene;
	struct pair pair;
	set_scene(&scene);
	struct tls_setup server = serves(&scene), client = comes_as(&scene, &scene.agent);
	open_pair(&pair, &server, &client, NULL);
	assert_true(shake(&pair));
	struct buf sent = {0}, got = {0};
	for (unsigned i = 0; i < 300000; i++)
		buf_char(&sent, (char)(i % 251));
	size_t at = 0;
	char piece[4096];
	while (got.len < sent.len) {
		size_t len = 0;
		struct text rest = {sent.at + at, sent.len - at};
		if (rest.len > 0 && tls_write(pair.ends[1], rest, &len, &pair.errs[1]) == TLS_DONE)
			at += len;
		enum tls_want want;
		while ((want = tls_read(pair.ends[0], piece, sizeof(piece), &len, &pair.errs[0])) ==
		       TLS_DONE)
			buf_add(&got, piece, len);
		assert_int_equal(want, TLS_WANTS_READ);
	}
	assert_int_equal(got.len, sent.len);
	assert_memory_equal(got.at, sent.at, sent.len);
	size_t len = 0;
	tls_shut(pair.ends[1]);
	assert_int_equal(tls_read(pair.ends[0], piece, sizeof(piece), &len, &pair.errs[0]),
			 TLS_CLOSED);
	buf_end(&sent);
	buf_end(&got);
	close_pair(&pair);
	end_scene(&scene);
}

/* --- how long --- */

#define DAY_US (86400 * TIME_SECOND_US)

test(says_from_when_to_when_and_whose)
{
	struct err err = nothing();
	struct authority authority, other;
	struct identity identity;
	int64_t from_us, until_us;
	const struct tls_grant grant = {.common_name = "an agent", .days = 90, .now_us = NOW_US};
	make_authority(&authority, "a CA");
	make_authority(&other, "a CA");
	make_identity(&identity, &authority, &grant);
	struct text cert = buf_view(&identity.cert);
	assert_true(tls_span(cert, &from_us, &until_us, &err));
	assert_int_equal(from_us, NOW_US - DAY_US);
	assert_int_equal(until_us, NOW_US + 90 * DAY_US);
	assert_true(tls_check(cert, buf_view(&authority.cert), "an agent", &err));
	assert_false(tls_check(cert, buf_view(&authority.cert), "an agen", &err));
	assert_int_equal(err.kind, ERR_REFUSED);
	err = nothing();
	assert_false(tls_check(cert, buf_view(&other.cert), "an agent", &err));
	assert_int_equal(err.kind, ERR_REFUSED);
	err = nothing();
	assert_false(tls_check(TEXT("x"), buf_view(&other.cert), "an agent", &err));
	assert_int_equal(err.kind, ERR_INPUT);
	err = nothing();
	assert_false(tls_span(TEXT("x"), &from_us, &until_us, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	end_identity(&identity);
	end_authority(&authority);
	end_authority(&other);
}

/* The CA lives for ten years from its making. */
test(nothing_outlives_its_ca)
{
	struct err err = nothing();
	struct authority authority;
	struct identity identity;
	int64_t from_us, until_us, ca_us;
	const struct tls_grant grant = {.common_name = "x", .days = 3700, .now_us = time_now_us()};
	make_authority(&authority, "a CA");
	make_identity(&identity, &authority, &grant);
	assert_true(tls_span(buf_view(&authority.cert), &from_us, &ca_us, &err));
	assert_true(tls_span(buf_view(&identity.cert), &from_us, &until_us, &err));
	assert_true(until_us == ca_us);
	end_identity(&identity);
	end_authority(&authority);
}

test(a_life_is_ending_when_less_than_a_third_is_left)
{
	static const struct {
		int64_t from, until, now;
		bool ending;
	} cases[] = {
		{0, 300, 0, false},    {0, 300, 200, false},  {0, 300, 201, true},
		{0, 300, 300, true},   {0, 300, 999, true},   {0, 300, -5, false},
		{100, 100, 99, false}, {100, 100, 101, true},
	};
	for (size_t i = 0; i < array_len(cases); i++)
		if (tls_is_ending(cases[i].from, cases[i].until, cases[i].now) != cases[i].ending)
			fail_msg("case %zu", i);
}

test(a_broken_text_is_an_error)
{
	struct err err = nothing();
	struct buf out = {0};
	struct authority authority;
	char fingerprint[65];
	make_authority(&authority, "a CA");
	assert_false(tls_fingerprint(TEXT("no certificate"), fingerprint, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	err = nothing();
	assert_false(tls_make_request(TEXT(""), "x", &out, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	err = nothing();
	assert_false(tls_sign(buf_view(&authority.key), buf_view(&authority.cert),
			      TEXT("-----BEGIN"), &(struct tls_grant){"x", NULL, false, 1, NOW_US},
			      &out, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	assert_int_equal(out.len, 0);
	err = nothing();
	struct tls_setup setup = {.key_pem = buf_view(&authority.key),
				  .cert_pem = TEXT("nonsense")};
	assert_null(tls_context_new(&setup, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	end_authority(&authority);
}

test(a_request_must_be_signed_by_its_key)
{
	struct err err = nothing();
	struct authority authority;
	struct buf key = {0}, request = {0}, cert = {0};
	make_authority(&authority, "a CA");
	assert_true(tls_make_key(&key, &err));
	assert_true(tls_make_request(buf_view(&key), "x", &request, &err));
	/* the last base64 line holds the end of the signature */
	char *end = strstr(request.at, "\n-----END");
	assert_non_null(end);
	char *bit = end - 8;
	*bit = *bit == 'A' ? 'B' : 'A';
	assert_false(tls_sign(buf_view(&authority.key), buf_view(&authority.cert),
			      buf_view(&request), &(struct tls_grant){"x", NULL, false, 1, NOW_US},
			      &cert, &err));
	assert_true(err.kind == ERR_REFUSED || err.kind == ERR_INPUT);
	assert_int_equal(cert.len, 0);
	buf_end(&key);
	buf_end(&request);
	end_authority(&authority);
}

test(key_and_certificate_must_belong_together)
{
	struct scene scene;
	struct err err = nothing();
	set_scene(&scene);
	struct tls_setup setup = comes_as(&scene, &scene.agent);
	setup.key_pem = buf_view(&scene.server.key);
	assert_null(tls_context_new(&setup, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	end_scene(&scene);
}
