#include "agent/enrol/renewal.h"

#include <string.h>

#include "base/time.h"
#include "unit.h"

#define AGENT "00112233445566778899aabbccddeeff"
#define DAY_US (86400 * TIME_SECOND_US)

/* An agent whose certificate is of that age, and the CA that signs for it. */
struct scene {
	struct buf ca_key, ca;
	struct identity identity;
	struct renewal *renewal;
	int64_t now_us;
	struct err err;
};

static void sign(struct scene *scene, struct text csr, const char *name, int64_t now_us,
		 struct buf *out)
{
	const struct tls_grant grant = {.common_name = name, .days = 90, .now_us = now_us};
	if (!tls_sign(buf_view(&scene->ca_key), buf_view(&scene->ca), csr, &grant, out,
		      &scene->err))
		fail_msg("%s", scene->err.text);
}

static void open_scene(struct scene *scene, int age_days)
{
	struct buf csr = {0};
	*scene = (struct scene){.now_us = time_now_us()};
	memcpy(scene->identity.id, AGENT, sizeof(AGENT));
	assert_true(tls_make_key(&scene->ca_key, &scene->err));
	assert_true(tls_make_ca(buf_view(&scene->ca_key), "a CA", scene->now_us, &scene->ca,
				&scene->err));
	buf_text(&scene->identity.ca, buf_view(&scene->ca));
	assert_true(tls_make_key(&scene->identity.pair, &scene->err));
	assert_true(tls_make_request(buf_view(&scene->identity.pair), "x", &csr, &scene->err));
	sign(scene, buf_view(&csr), AGENT, scene->now_us - age_days * DAY_US,
	     &scene->identity.pair);
	buf_end(&csr);
	scene->renewal = renewal_new(&scene->identity, &scene->err);
	assert_non_null(scene->renewal);
}

static void close_scene(struct scene *scene)
{
	renewal_free(&scene->renewal);
	assert_null(scene->renewal);
	identity_end(&scene->identity);
	buf_end(&scene->ca_key);
	buf_end(&scene->ca);
}

static bool asks(struct scene *scene, int64_t now_us, struct buf *csr)
{
	bool asked = false;
	struct buf body = {0};
	assert_true(renewal_ask(scene->renewal, now_us, &body, &asked, &scene->err));
	assert_true(asked == (body.len > 0));
	scoped(json_free) struct json *json = asked ? json_parse(buf_view(&body), &scene->err)
						    : NULL;
	if (asked && csr) {
		buf_clear(csr);
		buf_text(csr, json_text(json, "csr"));
	}
	buf_end(&body);
	return asked;
}

static bool take_certificate(struct scene *scene, struct text certificate, struct buf *pair)
{
	struct tls_context *context = NULL;
	scoped(json_free) struct json *json = json_new_object();
	json_put_text(json, "certificate", certificate);
	scene->err = (struct err){0};
	bool done = renewal_take(scene->renewal, json, scene->now_us, pair, &context, &scene->err);
	assert_true(done == (context != NULL));
	tls_context_free(&context);
	return done;
}

test(asks_when_less_than_a_third_is_left)
{
	static const struct {
		int age_days;
		bool asks;
	} cases[] = {{0, false}, {59, false}, {61, true}, {89, true}, {91, true}};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct scene scene;
		open_scene(&scene, cases[i].age_days);
		if (asks(&scene, scene.now_us, NULL) != cases[i].asks)
			fail_msg("%d days old", cases[i].age_days);
		close_scene(&scene);
	}
}

test(asks_once_an_hour)
{
	struct scene scene;
	open_scene(&scene, 80);
	assert_true(asks(&scene, scene.now_us, NULL));
	assert_false(asks(&scene, scene.now_us + RENEWAL_APART_US - 1, NULL));
	assert_true(asks(&scene, scene.now_us + RENEWAL_APART_US, NULL));
	assert_true(asks(&scene, scene.now_us - DAY_US, NULL)); /* the clock was set back */
	close_scene(&scene);
}

test(what_it_gets_is_a_new_pair_that_is_not_asked_for_again)
{
	struct scene scene;
	struct buf csr = {0}, certificate = {0}, pair = {0};
	char before[65], after[65];
	open_scene(&scene, 80);
	assert_true(asks(&scene, scene.now_us, &csr));
	sign(&scene, buf_view(&csr), AGENT, scene.now_us, &certificate);
	if (!take_certificate(&scene, buf_view(&certificate), &pair))
		fail_msg("%s", scene.err.text);
	assert_true(tls_fingerprint(buf_view(&pair), after, &scene.err));
	assert_true(tls_fingerprint(buf_view(&scene.identity.pair), before, &scene.err));
	assert_string_not_equal(before, after);
	assert_true(memcmp(pair.at, scene.identity.pair.at, 200) != 0); /* another key, too */
	assert_false(asks(&scene, scene.now_us + 2 * RENEWAL_APART_US, NULL));
	assert_true(asks(&scene, scene.now_us + 80 * DAY_US, NULL));
	buf_end(&csr);
	buf_end(&certificate);
	buf_end(&pair);
	close_scene(&scene);
}

static void refuses(struct scene *scene, struct text certificate, const char *says)
{
	struct buf pair = {0};
	assert_false(take_certificate(scene, certificate, &pair));
	if (!strstr(scene->err.text, says))
		fail_msg("%s: %s", says, scene->err.text);
	assert_int_equal(pair.len, 0);
}

test(what_is_no_certificate_of_this_agent_is_refused)
{
	struct scene scene, other;
	struct buf csr = {0}, out = {0}, long_one = {0};
	open_scene(&scene, 80);
	open_scene(&other, 80);
	refuses(&scene, TEXT("x"), "no certificate was asked for");
	int64_t at_us = scene.now_us;
	assert_true(asks(&scene, at_us, &csr));
	refuses(&scene, TEXT("nonsense"), "no certificate in PEM form");
	assert_true(asks(&scene, at_us += RENEWAL_APART_US, &csr));
	refuses(&scene, (struct text){0}, "no certificate in PEM form");
	assert_true(asks(&scene, at_us += RENEWAL_APART_US, &csr));
	sign(&scene, buf_view(&csr), "ffffffffffffffffffffffffffffffff", scene.now_us, &out);
	refuses(&scene, buf_view(&out), "of another name");
	assert_true(asks(&scene, at_us += RENEWAL_APART_US, &csr));
	buf_clear(&out);
	sign(&other, buf_view(&csr), AGENT, scene.now_us, &out);
	refuses(&scene, buf_view(&out), "another CA's");
	buf_clear(&out);
	sign(&scene, buf_view(&csr), AGENT, scene.now_us, &out);
	assert_true(asks(&scene, at_us += RENEWAL_APART_US, &csr));
	refuses(&scene, buf_view(&out), "do not belong together"); /* the key before this one */
	assert_true(asks(&scene, at_us += RENEWAL_APART_US, &csr));
	buf_clear(&out);
	sign(&scene, buf_view(&csr), AGENT, scene.now_us - 91 * DAY_US, &out);
	refuses(&scene, buf_view(&out), "has ended already");
	assert_true(asks(&scene, at_us += RENEWAL_APART_US, &csr));
	for (size_t i = 0; i < IDENTITY_FILE_MAX; i++)
		buf_char(&long_one, 'x');
	refuses(&scene, buf_view(&long_one), "bytes");
	buf_end(&long_one);
	buf_end(&csr);
	buf_end(&out);
	close_scene(&other);
	close_scene(&scene);
}

test(an_identity_without_a_certificate_has_nothing_to_renew)
{
	struct err err = {0};
	struct identity identity = {0};
	buf_cstr(&identity.pair, "nonsense");
	assert_null(renewal_new(&identity, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	identity_end(&identity);
}
