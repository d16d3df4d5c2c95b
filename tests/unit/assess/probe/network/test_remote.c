/* tls, reach and time: what they make of netprobe's answers, also of nonsense. */
#include <string.h>

#include "assess/engine/ask.h"
#include "assess/probe/network/mozilla.h"
#include "call.h"
#include "unit.h"

struct world { /* what is answered, and what was asked last */
	enum gather_answer how;
	const char *answer;
	char asked[4096];
	unsigned count;
};

static enum gather_answer answer_it(void *data, struct text question, struct arena *arena,
				    struct text *answer, struct text *why)
{
	struct world *world = data;
	assert_true(question.len < sizeof(world->asked));
	memcpy(world->asked, question.at, question.len);
	world->asked[question.len] = '\0';
	world->count++;
	*(world->how == GATHER_OK ? answer : why) = arena_text(arena, text_of(world->answer));
	return world->how;
}

static const struct call_file files[] = {
	{"/etc/ca.pem", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"},
	{NULL, NULL}};

#define KEPT_MAX 100

/* What an answer points into lives as long as the program. */
static struct gather *keep(struct gather *gather)
{
	static struct gather *kept[KEPT_MAX];
	static size_t count;
	assert_true(count < KEPT_MAX);
	return kept[count++] = gather;
}

static struct probe_answer ask(struct world *world, const struct probe_call *call)
{
	struct probe_answer answer;
	struct gather *gather = keep(call_gather(files, true));
	gather_set_asker(gather, (struct asker){.ask = answer_it, .data = world});
	probe_run(gather, call, &answer);
	return answer;
}

static struct probe_answer ask_of(const char *probe, const char *subject, const char *said)
{
	struct world world = {.answer = said};
	struct probe_call call = call_of(probe, subject);
	return ask(&world, &call);
}

static const char open_answer[] =
	"{\"state\":\"open\",\"address\":\"192.0.2.7\",\"tls\":true,"
	"\"protocols\":[\"TLSv1.2\",\"TLSv1.3\"],\"ciphers\":[\"ECDHE-RSA-AES128-GCM-SHA256\"],"
	"\"groups\":[\"X25519\"],\"dh_bits\":2048,\"http\":true,\"hsts\":31536000,"
	"\"certificates\":[{\"key\":\"rsa\",\"bits\":2048,\"signature\":"
	"\"sha256WithRSAEncryption\",\"not_before\":1799990000,\"not_after\":1808640000,"
	"\"subject\":\"CN=a\",\"issuer\":\"CN=b\",\"names\":[\"a\",\"b\"],\"matches\":true,"
	"\"self_signed\":false,\"trusted\":false,\"problem\":\"no trust\"}]}";

/* -------- reach -------- */

test(reach_tells_open_closed_and_filtered)
{
	struct probe_call call = call_of("reach", "db:5432");
	struct probe_answer answer = ask_of("reach", "db:5432",
					    "{\"state\":\"open\",\"address\":\"192.0.2.7\"}");
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_string_equal(call_shown(&call, &answer, 0, "open"), "true");
	assert_string_equal(call_shown(&call, &answer, 0, "address"), "192.0.2.7");
	answer = ask_of("reach", "db:5432", "{\"state\":\"filtered\"}");
	assert_string_equal(call_shown(&call, &answer, 0, "open"), "false");
	assert_string_equal(call_shown(&call, &answer, 0, "state"), "filtered");
	assert_string_equal(call_shown(&call, &answer, 0, "address"), "");
	assert_true(text_is(answer.reason, "db:5432 is filtered: nothing comes back"));
	assert_true(call_depends(&answer, "ask:reach"));
	answer = ask_of("reach", "db:5432", "{\"state\":\"silent\"}");
	assert_int_equal(answer.outcome, PROBE_ERROR);
}

test(reach_asks_in_one_form)
{
	struct world world = {.answer = "{\"state\":\"closed\"}"};
	struct probe_call call = call_of("reach", "[2001:db8::1]:53");
	call_set(&call, "proto", "udp", 0);
	call_set(&call, "timeout", "3s", 3 * TIME_SECOND_US);
	assert_int_equal(ask(&world, &call).outcome, PROBE_ROWS);
	assert_string_equal(world.asked,
			    "reach [2001:db8::1]:53 {\"proto\":\"udp\",\"timeout\":3000}");
}

/* -------- the three outcomes -------- */

test(nobody_to_ask_does_not_apply_and_no_answer_is_an_error)
{
	static const char *const probes_of[][2] = {
		{"reach", "db:5432"}, {"tls", "web:443"}, {"time", "clock"}};
	for (size_t i = 0; i < array_len(probes_of); i++) {
		struct probe_call call = call_of(probes_of[i][0], probes_of[i][1]);
		call.fields = i == 2 ? 1 : call.fields;
		struct world world = {.how = GATHER_MISSING, .answer = "nobody"};
		struct probe_answer answer = ask(&world, &call);
		assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
		assert_true(text_is(answer.reason, "nobody"));
		world.how = GATHER_FAILED;
		answer = ask(&world, &call);
		assert_int_equal(answer.outcome, PROBE_ERROR);
	}
}

test(nonsense_for_an_answer_is_an_error_or_nothing)
{
	static const char *const answers[] = {"",
					      "x",
					      "[]",
					      "1",
					      "null",
					      "{}",
					      "{\"state\":7}",
					      "{\"state\":\"moon\"}",
					      "{\"state\":null,\"tls\":\"yes\"}"};
	for (size_t i = 0; i < array_len(answers); i++) {
		assert_int_equal(ask_of("reach", "a:1", answers[i]).outcome, PROBE_ERROR);
		assert_int_equal(ask_of("tls", "a:1", answers[i]).outcome, PROBE_ERROR);
	}
}

/* -------- tls -------- */

test(tls_fills_all_its_values)
{
	struct probe_call call = call_of("tls", "web");
	struct probe_answer answer = ask_of("tls", "web", open_answer);
	static const char *const shown[][2] = {
		{"level", "intermediate"},
		{"protocols", "TLSv1.2, TLSv1.3"},
		{"ciphers", "ECDHE-RSA-AES128-GCM-SHA256"},
		{"groups", "X25519"},
		{"dh_bits", "2048"},
		{"certificate.key", "rsa"},
		{"certificate.bits", "2048"},
		{"certificate.expires", "100 d"},
		{"certificate.lifetime", "8650000 s"},
		{"certificate.subject", "CN=a"},
		{"certificate.names", "a, b"},
		{"certificate.matches", "true"},
		{"certificate.trusted", "false"},
		{"certificate.problem", "no trust"},
		{"certificate.curve", ""},
		{"hsts", "365 d"},
		{"address", "192.0.2.7"},
	};
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, 1);
	for (size_t i = 0; i < array_len(shown); i++)
		assert_string_equal(call_shown(&call, &answer, 0, shown[i][0]), shown[i][1]);
	assert_true(text_starts(answer.rows[0].where.text, "web: intermediate; below modern: "));
}

test(tls_asks_only_for_what_is_wanted)
{
	struct world world = {.answer = "{\"state\":\"closed\"}"};
	struct probe_call call = call_of("tls", "mail:25");
	call_set(&call, "starttls", "smtp", 0);
	call_set(&call, "server_name", "mail.example", 0);
	call.fields = 1u << 8; /* the certificate's signature */
	struct probe_answer answer = ask(&world, &call);
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	assert_true(text_is(answer.reason, "no service listens at mail:25"));
	assert_string_equal(world.asked,
			    "tls mail:25 {\"parts\":[\"certificate\"],\"name\":\"mail.example\","
			    "\"starttls\":\"smtp\",\"timeout\":10000}");
	call = call_of("tls", "web");
	call.fields = 1u << 1;
	(void)ask(&world, &call);
	assert_string_equal(world.asked, "tls web:443 {\"parts\":[\"offer\"],\"timeout\":10000}");
}

test(tls_hands_over_the_authorities)
{
	struct world world = {.answer = open_answer};
	struct probe_call call = call_of("tls", "web");
	call_set(&call, "ca", "/etc/ca.pem", 0);
	struct probe_answer answer = ask(&world, &call);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_non_null(strstr(world.asked, "\"ca\":\"-----BEGIN CERTIFICATE-----\\nAA=="));
	assert_true(call_depends(&answer, "/etc/ca.pem"));
	call = call_of("tls", "web");
	call_set(&call, "ca", "/etc/none.pem", 0);
	world.count = 0;
	answer = ask(&world, &call);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	assert_int_equal(world.count, 0);
}

test(tls_keeps_the_outcomes_apart)
{
	static const struct {
		const char *answer;
		enum probe_outcome outcome;
		const char *reason;
	} cases[] = {
		{"{\"state\":\"closed\"}", PROBE_NOT_APPLICABLE, "no service listens at a:1"},
		{"{\"state\":\"filtered\"}", PROBE_ERROR, "a:1 does not answer within the"},
		{"{\"state\":\"unreachable\"}", PROBE_ERROR, "a:1 can't be reached"},
		{"{\"state\":\"open\",\"tls\":false,\"ended\":true,\"problem\":\"it ends\"}",
		 PROBE_ERROR, "a:1: it ends"},
		{"{\"state\":\"open\",\"tls\":false,\"problem\":\"http request\"}", PROBE_ROWS,
		 "a:1 speaks no TLS: http request"},
		{"{\"state\":\"open\",\"tls\":true,\"protocols\":[],\"certificates\":[]}",
		 PROBE_ROWS, "a:1: no version of TLS"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct probe_call call = call_of("tls", "a:1");
		struct probe_answer answer = ask_of("tls", "a:1", cases[i].answer);
		assert_int_equal(answer.outcome, cases[i].outcome);
		assert_true(text_starts(answer.reason, cases[i].reason));
		if (answer.outcome != PROBE_ROWS)
			continue;
		assert_string_equal(call_shown(&call, &answer, 0, "level"), "");
		assert_string_equal(call_shown(&call, &answer, 0, "protocols"), "");
	}
}

test(two_certificates_are_two_rows)
{
	struct probe_answer answer = ask_of(
		"tls", "a:1",
		"{\"state\":\"open\",\"tls\":true,\"protocols\":[\"TLSv1.3\"],\"certificates\":"
		"[{\"key\":\"rsa\"},{\"key\":\"ecdsa\"}]}");
	assert_int_equal(answer.count, 2);
}

test(absurd_numbers_do_no_harm)
{
	struct probe_call call = call_of("tls", "a:1");
	struct probe_answer answer = ask_of(
		"tls", "a:1",
		"{\"state\":\"open\",\"tls\":true,\"hsts\":9223372036854775807,\"certificates\":"
		"[{\"not_after\":9223372036854775807,\"not_before\":-9223372036854775807,"
		"\"bits\":\"many\",\"names\":7}]}");
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_string_equal(call_shown(&call, &answer, 0, "certificate.expires"), "");
	assert_string_equal(call_shown(&call, &answer, 0, "certificate.names"), "");
	assert_string_equal(call_shown(&call, &answer, 0, "hsts"), "");
}

/* -------- levels -------- */

static int level_of(const char *offer, const char *certificate)
{
	struct err err = {0};
	scoped(buf_end) struct buf why = {0};
	const char *text = unit_text("{%s,\"certificates\":[{%s}]}", offer, certificate);
	scoped(json_free) struct json *json = json_parse(text_of(text), &err);
	assert_non_null(json);
	int level = mozilla_level(json, &why);
	assert_int_equal(level == TLS_MODERN, why.len == 0);
	return level;
}

test(levels_are_the_guidelines)
{
#define RSA "\"key\":\"rsa\",\"bits\":2048,\"signature\":\"sha256WithRSAEncryption\""
#define EC                                                                       \
	"\"key\":\"ecdsa\",\"bits\":256,\"curve\":\"prime256v1\",\"signature\":" \
	"\"ecdsa-with-SHA256\""
#define V12 "\"protocols\":[\"TLSv1.2\"],\"ciphers\":"
#define V13 "\"protocols\":[\"TLSv1.3\"]"
	static const struct {
		const char *offer, *certificate;
		int level;
	} cases[] = {
		{V13 ",\"ciphers\":[\"TLS_AES_128_GCM_SHA256\"],\"groups\":[\"X25519\"]", EC,
		 TLS_MODERN},
		{V13, RSA, TLS_INTERMEDIATE},
		{V13 ",\"groups\":[\"X25519MLKEM768\",\"secp521r1\"]", EC, TLS_MODERN},
		{V13 ",\"groups\":[\"secp224r1\"]", EC, 0},
		{V13 ",\"ciphers\":[\"TLS_AES_128_CCM_8_SHA256\"]", EC, 0},
		{V12 "[\"ECDHE-ECDSA-AES128-GCM-SHA256\"]", EC, TLS_INTERMEDIATE},
		{V12 "[\"DHE-RSA-CHACHA20-POLY1305\"]", RSA, TLS_INTERMEDIATE},
		{V12 "[\"DHE-RSA-AES128-GCM-SHA256\"],\"dh_bits\":1024", RSA, TLS_OLD},
		{V12 "[\"DHE-RSA-AES128-GCM-SHA256\"],\"dh_bits\":768", RSA, 0},
		{V12 "[\"ECDHE-RSA-AES128-SHA256\"]", RSA, TLS_OLD},
		{V12 "[\"DES-CBC3-SHA\"]", RSA, TLS_OLD},
		{V12 "[\"RC4-SHA\"]", RSA, 0},
		{"\"protocols\":[\"TLSv1\",\"TLSv1.3\"]", RSA, TLS_OLD},
		{"\"protocols\":[\"SSLv3\",\"TLSv1.3\"]", RSA, 0},
		{V13, "\"key\":\"rsa\",\"bits\":1024,\"signature\":\"sha256WithRSAEncryption\"", 0},
		{V13, "\"key\":\"rsa\",\"bits\":2048,\"signature\":\"sha1WithRSAEncryption\"", 0},
		{V13, "\"key\":\"dsa\",\"bits\":2048,\"signature\":\"dsa_with_SHA256\"", 0},
		{V13,
		 "\"key\":\"ecdsa\",\"curve\":\"secp224r1\",\"signature\":\"ecdsa-with-SHA256\"",
		 0},
		/* signed by an authority of RSA */
		{V13,
		 "\"key\":\"ecdsa\",\"curve\":\"prime256v1\",\"signature\":"
		 "\"sha256WithRSAEncryption\"",
		 TLS_INTERMEDIATE},
	};
	for (size_t i = 0; i < array_len(cases); i++)
		if (level_of(cases[i].offer, cases[i].certificate) != cases[i].level)
			fail_msg("%zu: %s", i, cases[i].offer);
}

/* -------- time -------- */

test(time_asks_the_kernel_and_the_server)
{
	struct world world = {
		.answer = "{\"synchronised\":true,\"error_us\":1999,\"state\":\"open\","
			  "\"drift_us\":-12345,\"uncertainty_us\":300,"
			  "\"stratum\":2,\"address\":\"192.0.2.7\"}"};
	struct probe_call call = call_of("time", "clock");
	struct probe_answer answer = ask(&world, &call);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_string_equal(world.asked, "clock");
	assert_string_equal(call_shown(&call, &answer, 0, "synchronised"), "true");
	assert_string_equal(call_shown(&call, &answer, 0, "error"), "1 ms");
	assert_string_equal(call_shown(&call, &answer, 0, "drift"), "");
	call_set(&call, "server", "ntp1.example", 0);
	answer = ask(&world, &call);
	assert_string_equal(world.asked, "time ntp1.example:123 {\"timeout\":10000}");
	assert_string_equal(call_shown(&call, &answer, 0, "drift"), "12 ms");
	assert_string_equal(call_shown(&call, &answer, 0, "uncertainty"), "0 s");
	assert_string_equal(call_shown(&call, &answer, 0, "stratum"), "2");
}

test(a_bare_clock_is_there_when_it_is_kept_right)
{
	struct probe_call call = call_of("time", "clock");
	call.fields = 0;
	struct world world = {.answer = "{\"synchronised\":true}"};
	assert_int_equal(ask(&world, &call).count, 1);
	world.answer = "{\"synchronised\":false}";
	struct probe_answer answer = ask(&world, &call);
	assert_int_equal(answer.count, 0);
	assert_true(text_is(answer.reason, "nothing keeps the kernel's clock right"));
}
