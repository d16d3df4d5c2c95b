#include <string.h>

#include "base/time.h"
#include "desk.h"
#include "unit.h"

#define T0 (INT64_C(1764000000) * TIME_SECOND_US)

test(problems_say_what_to_do)
{
	struct desk desk;
	desk_open(&desk);
	const char *answer = desk_as(&desk, ROLE_VIEWER, "GET /api/v1/nothing", NULL);
	assert_int_equal(desk_status(answer), 404);
	assert_string_equal(desk_header(answer, "Content-Type"), "application/problem+json");
	scoped(json_free) struct json *json = desk_json(answer);
	assert_true(text_is(json_text(json, "type"), "about:blank"));
	assert_true(text_is(json_text(json, "title"), "Not Found"));
	assert_int_equal(json_int(json, "status", 0), 404);
	assert_true(json_text(json, "detail").len > 0);
	desk_close(&desk);
}

static const struct {
	const char *line, *json;
	int status;
} refused[] = {
	{"GET /api/v1/hosts?limit=0", NULL, 400},
	{"GET /api/v1/hosts?limit=1001", NULL, 400},
	{"GET /api/v1/hosts?limit=x", NULL, 400},
	{"GET /api/v1/hosts?q=(", NULL, 400},
	{"GET /api/v1/hosts?q=%zz", NULL, 400},
	{"GET /api/v1/hosts?cursor=123456789012345678901234567890123456", NULL, 400},
	{"GET /api/v1/hosts/none", NULL, 404},
	{"GET /api/v1/hosts/44444444444444444444444444444444", NULL, 404},
	{"GET /api/v1/items?q=status:", NULL, 400},
	{"GET /api/v1/items?cursor=nowhere", NULL, 400},
	{"GET /api/v1/items?since=x", NULL, 400},
	{"GET /api/v1/items?since=-1", NULL, 400},
	{"GET /api/v1/items?since=&format=xml", NULL, 400},
	{"GET /api/v1/items/" DESK_ITEM, NULL, 404},
	{"GET /api/v1/items/" DESK_ITEM "/history", NULL, 404},
	{"GET /api/v1/policies/none", NULL, 404},
	{"DELETE /api/v1/policies/none", NULL, 404},
	{"DELETE /api/v1/requirements", NULL, 400},
	{"DELETE /api/v1/requirements?query=none", NULL, 404},
	{"DELETE /api/v1/tokens/none", NULL, 404},
	{"GET /api/v1/actions/none", NULL, 404},
	{"GET /api/v1/stream?action=none", NULL, 400},
	{"GET /api/v1/stream?after=x", NULL, 400},
	{"GET /api/../etc/passwd", NULL, 400},
	{"GET /api/v1//hosts", NULL, 400},
	{"PUT /api/v1/hosts", "{}", 405},
	{"PUT /somewhere", "{}", 405},
	{"POST /api/v1/tokens", "", 415},
	{"POST /api/v1/tokens", "nonsense", 400},
	{"POST /api/v1/tokens", "[]", 400},
	{"POST /api/v1/tokens", "{\"name\":\"a b\",\"role\":\"viewer\"}", 400},
	{"POST /api/v1/tokens", "{\"name\":\"x\",\"role\":\"king\"}", 400},
	{"POST /api/v1/tokens", "{\"name\":\"Admin\",\"role\":\"viewer\"}", 409},
	{"POST /api/v1/enrolments", "{\"uses\":0}", 400},
	{"POST /api/v1/enrolments", "{\"ttl_s\":99999999}", 400},
	{"POST /api/v1/requirements", "{\"query\":\"x\",\"level\":\"none\"}", 400},
	{"POST /api/v1/requirements", "{\"query\":\"broken\",\"level\":\"low\"}", 400},
	{"POST /api/v1/policies", "{\"name\":\"x\"}", 400},
	{"POST /api/v1/policies", "{\"name\":\"x\",\"text\":\"conflict\"}", 409},
	{"POST /api/v1/actions", "{\"target\":\"*\",\"policies\":{}}", 400},
	{"POST /api/v1/actions", "{\"target\":\"*\",\"policies\":[{\"name\":\"x\"}]}", 400},
	{"POST /api/v1/actions", "{\"target\":\"*\",\"wait_s\":0}", 400},
	{"POST /api/v1/actions", "{\"target\":\"broken\"}", 400},
	{"POST /api/v1/actions", "{\"target\":\"busy\"}", 429},
};

test(refuses_what_it_does_not_understand)
{
	struct desk desk;
	desk_open(&desk);
	for (size_t i = 0; i < array_len(refused); i++) {
		const char *json = refused[i].json && *refused[i].json ? refused[i].json : NULL;
		const char *answer = desk_as(&desk, ROLE_ADMIN, refused[i].line, json);
		if (desk_status(answer) != refused[i].status)
			fail_msg("%s %s: wanted %d, got %s", refused[i].line, json ? json : "",
				 refused[i].status, answer);
		assert_string_equal(desk_header(answer, "Content-Type"),
				    "application/problem+json");
		if (refused[i].status == 405)
			assert_string_not_equal(desk_header(answer, "Allow"), "");
		if (refused[i].status == 429)
			assert_string_not_equal(desk_header(answer, "Retry-After"), "");
	}
	desk_close(&desk);
}

test(findings_come_with_the_problem)
{
	struct desk desk;
	desk_open(&desk);
	const char *answer = desk_as(&desk, ROLE_OPERATOR, "POST /api/v1/policies",
				     "{\"name\":\"x\",\"text\":\"broken\"}");
	assert_int_equal(desk_status(answer), 400);
	scoped(json_free) struct json *json = desk_json(answer);
	assert_int_equal(json_count(json_get(json, "errors")), 1);
	assert_int_equal(
		desk_status(desk_as(&desk, ROLE_OPERATOR, "POST /api/v1/policies",
				    "{\"name\":\"x\",\"text\":\"fine\",\"dry_run\":true}")),
		200);
	assert_int_equal(desk.fleet.pushed, 0);
	assert_int_equal(desk_status(desk_as(&desk, ROLE_OPERATOR, "POST /api/v1/policies",
					     "{\"name\":\"x\",\"text\":\"fine\"}")),
			 200);
	assert_int_equal(desk.fleet.pushed, 1);
	desk_close(&desk);
}

test(limits_bodies_by_what_a_call_takes)
{
	struct desk desk;
	desk_open(&desk);
	const char *answer = desk_ask(
		&desk,
		unit_text("POST /api/v1/tokens HTTP/1.1\r\nHost: d\r\n"
			  "Content-Type: application/json\r\nAuthorization: Bearer %s\r\n"
			  "Content-Length: 4294967296\r\n",
			  desk.tokens[ROLE_ADMIN]),
		NULL);
	assert_int_equal(desk_status(answer), 413);
	/* who may not, need not send it */
	answer = desk_ask(&desk,
			  "POST /api/v1/tokens HTTP/1.1\r\nHost: d\r\n"
			  "Content-Type: application/json\r\nContent-Length: 4294967296\r\n",
			  NULL);
	assert_int_equal(desk_status(answer), 401);
	desk_close(&desk);
}

/* --- sessions --- */
static const char *sign_in(struct desk *desk, enum role role, const char **link)
{
	scoped(json_free) struct json *json = desk_json(
		desk_as(desk, role, "POST /api/v1/links", NULL));
	struct text url = json_text(json, "url");
	assert_true(text_starts(url, "https://desk/#login=muster_"));
	*link = unit_text("{\"secret\":\"%s\"}", strchr(url.at, '=') + 1);
	const char *answer = desk_as(desk, ROLE_ANYONE, "POST /api/v1/login", *link);
	assert_int_equal(desk_status(answer), 200);
	const char *cookie = desk_header(answer, "Set-Cookie");
	assert_non_null(
		strstr(cookie, "; Path=/; Max-Age=43200; Secure; HttpOnly; SameSite=Strict"));
	return unit_text("%.*s", (int)strcspn(cookie, ";"), cookie);
}

static int with_cookie(struct desk *desk, const char *line, const char *cookie, const char *more,
		       const char *body)
{
	return desk_status(desk_ask(
		desk,
		unit_text("%s HTTP/1.1\r\nHost: desk\r\nCookie: %s\r\n%s", line, cookie, more),
		body));
}

test(a_link_signs_in_once)
{
	struct desk desk;
	const char *link;
	desk_open(&desk);
	const char *cookie = sign_in(&desk, ROLE_OPERATOR, &link);
	assert_int_equal(desk_status(desk_as(&desk, ROLE_ANYONE, "POST /api/v1/login", link)), 401);
	const char *who = desk_ask(&desk,
				   unit_text("GET /api/v1/whoami HTTP/1.1\r\nHost: desk\r\n"
					     "Cookie: %s\r\n",
					     cookie),
				   NULL);
	scoped(json_free) struct json *json = desk_json(who);
	assert_true(text_is(json_text(json, "name"), "operator"));
	assert_true(text_is(json_text(json, "role"), "operator"));
	assert_int_equal(with_cookie(&desk, "GET /api/v1/tokens", cookie, "", NULL), 403);
	/* the cookie's value is no token, and the other way round */
	const char *bearer = unit_text(
		"GET /api/v1/hosts HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer %s\r\n",
		strchr(cookie, '=') + 1);
	assert_int_equal(desk_status(desk_ask(&desk, bearer, NULL)), 401);
	assert_int_equal(with_cookie(&desk, "GET /api/v1/hosts",
				     unit_text("muster_session=%s", desk.tokens[ROLE_ADMIN]), "",
				     NULL),
			 401);
	desk_close(&desk);
}

test(sessions_refuse_other_sites)
{
	struct desk desk;
	const char *link;
	static const char json[] = "Content-Type: application/json\r\n";
	static const struct {
		const char *more;
		int status;
	} origins[] = {
		{"", 200},
		{"Origin: https://desk\r\n", 200},
		{"Origin: https://DESK\r\n", 200},
		{"Origin: https://evil\r\n", 403},
		{"Origin: https://desk.evil\r\n", 403},
		{"Origin: http://desk\r\n", 403},
		{"Origin: null\r\n", 403},
		{"Sec-Fetch-Site: same-origin\r\n", 200},
		{"Sec-Fetch-Site: cross-site\r\n", 403},
		{"Sec-Fetch-Site: same-site\r\n", 403},
		{"Sec-Fetch-Site: same-origin\r\nOrigin: null\r\n", 200},
		{"Sec-Fetch-Site: same-origin\r\nOrigin: https://evil\r\n", 403},
		{"Sec-Fetch-Site: cross-site\r\nOrigin: https://desk\r\n", 403},
	};
	desk_open(&desk);
	const char *cookie = sign_in(&desk, ROLE_ADMIN, &link);
	const char *line = "POST /api/v1/requirements",
		   *body = "{\"query\":\"*\",\"level\":\"low\"}";
	for (size_t i = 0; i < array_len(origins); i++) {
		const char *more = unit_text("%s%s", json, origins[i].more);
		if (with_cookie(&desk, line, cookie, more, body) != origins[i].status)
			fail_msg("%s", origins[i].more);
	}
	assert_int_equal(with_cookie(&desk, line, cookie, "", body), 415);
	assert_int_equal(with_cookie(&desk, line, cookie, "Content-Type: text/plain\r\n", body),
			 415);
	line = "DELETE /api/v1/requirements?query=x";
	assert_int_equal(with_cookie(&desk, line, cookie, "", NULL), 415);
	assert_int_equal(with_cookie(&desk, line, cookie, json, "{}"), 404);
	/* a session is no way to a longer one */
	assert_int_equal(with_cookie(&desk, "POST /api/v1/links", cookie, json, "{}"), 403);
	desk_close(&desk);
}

test(sessions_end)
{
	struct desk desk;
	const char *link;
	static const char json[] = "Content-Type: application/json\r\n";
	desk_open(&desk);
	const char *cookie = sign_in(&desk, ROLE_VIEWER, &link);
	assert_int_equal(with_cookie(&desk, "POST /api/v1/logout", cookie, json, "{}"), 204);
	assert_int_equal(with_cookie(&desk, "GET /api/v1/whoami", cookie, "", NULL), 401);
	cookie = sign_in(&desk, ROLE_VIEWER, &link);
	const char *other = sign_in(&desk, ROLE_ADMIN, &link);
	assert_int_equal(desk_status(desk_as(
				 &desk, ROLE_ADMIN,
				 "DELETE /api/v1/tokens/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL)),
			 204);
	assert_int_equal(with_cookie(&desk, "GET /api/v1/whoami", cookie, "", NULL), 401);
	assert_int_equal(with_cookie(&desk, "GET /api/v1/whoami", other, "", NULL), 200);
	assert_int_equal(desk_status(desk_as(&desk, ROLE_VIEWER, "GET /api/v1/hosts", NULL)), 401);
	desk_close(&desk);
}

test(guessing_is_slowed_down)
{
	struct desk desk;
	const char *link;
	desk_open(&desk);
	for (int i = 0; i < GUARD_FAILURES_MAX; i++)
		assert_int_equal(desk_status(desk_as(&desk, ROLE_ANYONE, "POST /api/v1/login",
						     "{\"secret\":\"guess\"}")),
				 401);
	scoped(json_free) struct json *json = desk_json(
		desk_as(&desk, ROLE_VIEWER, "POST /api/v1/links", NULL));
	link = unit_text("{\"secret\":\"%s\"}", strchr(json_text(json, "url").at, '=') + 1);
	const char *answer = desk_as(&desk, ROLE_ANYONE, "POST /api/v1/login", link);
	assert_int_equal(desk_status(answer), 429);
	assert_string_not_equal(desk_header(answer, "Retry-After"), "");
	desk_close(&desk);
}

test(forgets_failures_after_a_minute)
{
	scoped(guard_free) struct guard *guard = guard_new();
	for (int i = 0; i < GUARD_FAILURES_MAX; i++) {
		assert_true(guard_is_open(guard, "a", 1000));
		guard_fail(guard, "a", 1000);
	}
	assert_false(guard_is_open(guard, "a", 2000));
	assert_true(guard_is_open(guard, "b", 2000));
	assert_true(guard_is_open(guard, "a", 1001 + 60 * TIME_SECOND_US));
	guard_fail(guard, "a", 1001 + 60 * TIME_SECOND_US);
	assert_true(guard_is_open(guard, "a", 1001 + 60 * TIME_SECOND_US));
	for (int i = 0; i <= GUARD_ADDRESSES_MAX; i++)
		guard_fail(guard, unit_text("c%d", i), 1000);
	assert_true(guard_is_open(guard, "a", 1000)); /* begun anew: bounded */
}

test(tokens_are_shown_once)
{
	struct desk desk;
	desk_open(&desk);
	scoped(json_free) struct json *made = desk_json(
		desk_as(&desk, ROLE_ADMIN, "POST /api/v1/tokens",
			"{\"name\":\"board\",\"role\":\"viewer\"}"));
	const char *secret = unit_text("%s", json_text(made, "token").at);
	assert_int_equal(strlen(secret), 7 + 43);
	const char *head = unit_text(
		"GET /api/v1/whoami HTTP/1.1\r\nHost: d\r\nAuthorization: bearer %s\r\n", secret);
	assert_int_equal(desk_status(desk_ask(&desk, head, NULL)), 200);
	const char *list = desk_as(&desk, ROLE_ADMIN, "GET /api/v1/tokens", NULL);
	assert_non_null(strstr(list, "\"board\""));
	assert_null(strstr(list, secret));
	assert_null(strstr(list, "hash"));
	desk_close(&desk);
}

/* --- items --- */
test(items_are_selected_and_paged)
{
	struct desk desk;
	desk_open(&desk);
	for (char digit = '1'; digit <= '5'; digit++)
		desk_put_item(&desk, digit, digit % 2 ? "fail" : "pass", T0 + digit);
	scoped(json_free) struct json *all = desk_json(
		desk_as(&desk, ROLE_VIEWER, "GET /api/v1/items", NULL));
	assert_int_equal(json_count(json_get(all, "data")), 5);
	assert_int_equal(json_kind(json_get(all, "next")), JSON_NULL);
	static const struct {
		const char *q;
		size_t count;
	} cases[] = {{"status:fail", 3},
		     {"STATUS:FAIL", 3},
		     {"not%20status:fail", 2},
		     {"agent:" DESK_HOST, 5},
		     {"agent:nobody", 0},
		     {"policy.name:SYSTEM%20and%20check.ref:ref2", 1},
		     {"id:11111111111111111111111111111111", 1},
		     {"target:web*%20and%20policy.level%3E%3Dmedium", 5},
		     {"policy.level:high", 0}};
	for (size_t i = 0; i < array_len(cases); i++) {
		scoped(json_free) struct json *some = desk_json(desk_as(
			&desk, ROLE_VIEWER, unit_text("GET /api/v1/items?q=%s", cases[i].q), NULL));
		if (json_count(json_get(some, "data")) != cases[i].count)
			fail_msg("%s: %zu", cases[i].q, json_count(json_get(some, "data")));
	}
	size_t seen = 0;
	const char *cursor = "";
	for (int page = 0; page < 3; page++) {
		scoped(json_free) struct json *some = desk_json(
			desk_as(&desk, ROLE_VIEWER,
				unit_text("GET /api/v1/items?limit=2&cursor=%s", cursor), NULL));
		seen += json_count(json_get(some, "data"));
		struct text next = json_text(some, "next");
		assert_int_equal(next.len > 0, page < 2);
		cursor = next.len > 0 ? unit_text("%.*s", TEXT_ARG(next)) : "";
	}
	assert_int_equal(seen, 5);
	desk_close(&desk);
}

test(an_item_has_a_history)
{
	struct desk desk;
	desk_open(&desk);
	desk_put_item(&desk, '2', "fail", T0);
	desk_put_item(&desk, '2', "pass", T0 + 1);
	desk_put_item(&desk, '2', "fail", T0 + 2);
	scoped(json_free) struct json *now = desk_json(
		desk_as(&desk, ROLE_VIEWER, "GET /api/v1/items/" DESK_ITEM, NULL));
	assert_true(text_is(json_text(now, "status"), "fail"));
	scoped(json_free) struct json *first = desk_json(desk_as(
		&desk, ROLE_VIEWER, "GET /api/v1/items/" DESK_ITEM "/history?limit=2", NULL));
	assert_int_equal(json_count(json_get(first, "data")), 2);
	assert_true(text_is(json_text(json_at(json_get(first, "data"), 1), "status"), "pass"));
	scoped(json_free) struct json *rest = desk_json(
		desk_as(&desk, ROLE_VIEWER,
			unit_text("GET /api/v1/items/" DESK_ITEM "/history?cursor=%s",
				  json_text(first, "next").at),
			NULL));
	assert_int_equal(json_count(json_get(rest, "data")), 1);
	assert_int_equal(json_kind(json_get(rest, "next")), JSON_NULL);
	desk_close(&desk);
}

/* Current items, history and feed. */
test(who_made_a_change_is_everywhere_and_can_be_asked_for)
{
	static const char vi[] = "{\"process\":\"vi\",\"pid\":812,\"command\":\"vi /etc/hosts\","
				 "\"uid\":0,\"login_uid\":1000}";
	static const struct {
		const char *path;
		size_t count;
	} cases[] = {
		{"/api/v1/items?q=by.login_uid:1000", 2},
		{"/api/v1/items?q=by.uid%3C1000%20and%20by.login_uid%3E%3D1000", 2},
		{"/api/v1/items?q=by.process:vi%20and%20check.ref:ref3", 1},
		{"/api/v1/items?q=by.command:*hosts", 2},
		{"/api/v1/items?q=by.pid:813", 0},
		{"/api/v1/items?q=not%20by.pid:*", 0}, /* the one of a nobody shows no vi */
		{"/api/v1/items/" DESK_ITEM "/history", 1},
		{"/api/v1/items?since=", 3}, /* what was, too */
	};
	struct desk desk;
	desk_open(&desk);
	desk_put_change(&desk, '2', "fail", T0, vi);
	desk_put_item(&desk, '2', "pass", T0 + 1);
	desk_put_change(&desk, '3', "fail", T0, vi);
	desk_put_change(&desk, '4', "fail", T0, vi);
	for (size_t i = 0; i < array_len(cases); i++) {
		size_t count = 0;
		const char *answer = desk_as(&desk, ROLE_VIEWER, unit_text("GET %s", cases[i].path),
					     NULL);
		assert_int_equal(desk_status(answer), 200);
		for (const char *at = answer; (at = strstr(at, vi)); at++)
			count++;
		if (count != cases[i].count)
			fail_msg("%s: %zu", cases[i].path, count);
	}
	const char *answer = desk_as(&desk, ROLE_VIEWER, "GET /api/v1/items?q=by.user:root", NULL);
	assert_int_equal(desk_status(answer), 400);
	assert_non_null(strstr(answer, "did you mean \\\"by.uid\\\""));
	desk_close(&desk);
}

static size_t count_lines(const char *text)
{
	size_t count = 0;
	for (; *text; text++)
		count += *text == '\n';
	return count;
}

test(the_feed_gives_every_item_once)
{
	struct desk desk;
	size_t seen = 0;
	const char *cursor = "";
	desk_open(&desk);
	for (int i = 0; i < 5; i++)
		desk_put_item(&desk, '2', "fail", T0 + i);
	for (int page = 0; page < 4; page++) {
		const char *answer = desk_as(
			&desk, ROLE_VIEWER,
			unit_text("GET /api/v1/items?since=%s&format=ndjson&limit=2", cursor),
			NULL);
		assert_int_equal(desk_status(answer), 200);
		assert_string_equal(desk_header(answer, "Content-Type"), "application/x-ndjson");
		seen += count_lines(desk_body(answer));
		cursor = desk_header(answer, "Muster-Cursor");
		assert_string_not_equal(cursor, "");
	}
	assert_int_equal(seen, 5);
	desk_put_item(&desk, '3', "fail", T0 + 9);
	const char *answer = desk_as(&desk, ROLE_VIEWER,
				     unit_text("GET /api/v1/items?since=%s", cursor), NULL);
	assert_int_equal(count_lines(desk_body(answer)), 1);
	answer = desk_as(&desk, ROLE_VIEWER, "GET /api/v1/items?format=ndjson", NULL);
	assert_int_equal(count_lines(desk_body(answer)), 6);
	/* one that this store never gave: whoever waits behind it would wait for ever */
	assert_int_equal(
		desk_status(desk_as(&desk, ROLE_VIEWER, "GET /api/v1/items?since=999", NULL)), 410);
	desk_close(&desk);
}

test(a_cursor_older_than_what_is_kept_is_gone)
{
	struct desk desk;
	desk_open(&desk);
	for (int i = 0; i < STORE_HISTORY_PER_ITEM + 10; i++)
		desk_put_item(&desk, '2', "fail", T0 + i);
	const char *answer = desk_as(&desk, ROLE_VIEWER, "GET /api/v1/items?since=1&format=ndjson",
				     NULL);
	assert_int_equal(desk_status(answer), 410);
	answer = desk_as(&desk, ROLE_VIEWER, "GET /api/v1/items?since=&format=ndjson", NULL);
	assert_int_equal(desk_status(answer), 200);
	desk_close(&desk);
}

/* --- the rest --- */
test(requirements_are_listed_and_removed)
{
	struct desk desk;
	struct err err = {0};
	desk_open(&desk);
	const struct store_requirement requirement = {.query = TEXT("os:debian and tags.a:b"),
						      .by = TEXT("x"),
						      .level = LEVEL_HIGH,
						      .since_us = T0};
	assert_true(store_memory.requirement_put(desk.store, &requirement, &err));
	const char *list = desk_as(&desk, ROLE_VIEWER, "GET /api/v1/requirements", NULL);
	assert_non_null(strstr(list, "\"level\":\"high\""));
	assert_int_equal(
		desk_status(desk_as(&desk, ROLE_OPERATOR,
				    "DELETE /api/v1/requirements?query=os:debian+and+tags.a%3Ab",
				    NULL)),
		204);
	desk_close(&desk);
}

test(an_action_says_where_its_stream_begins)
{
	struct desk desk;
	desk_open(&desk);
	scoped(json_free) struct json *json = desk_json(
		desk_as(&desk, ROLE_INVESTIGATOR, "POST /api/v1/actions",
			"{\"target\":\"*\",\"policies\":[]}"));
	assert_true(text_is(json_text(json, "id"), DESK_ACTION));
	assert_true(json_int(json, "stream", 0) > 0);
	desk_close(&desk);
}

test(serves_the_dashboard_and_nothing_else)
{
	struct desk desk;
	desk_open(&desk);
	const char *answer = desk_as(&desk, ROLE_ANYONE, "GET /", NULL);
	assert_string_equal(desk_body(answer), "<p>page");
	assert_string_equal(desk_header(answer, "Content-Type"), "text/html; charset=utf-8");
	assert_string_equal(desk_header(answer, "Cache-Control"), "no-cache");
	const char *tag = desk_header(answer, "ETag");
	answer = desk_ask(
		&desk,
		unit_text("GET /index.html HTTP/1.1\r\nHost: d\r\nIf-None-Match: %s\r\n", tag),
		NULL);
	assert_int_equal(desk_status(answer), 304);
	answer = desk_as(&desk, ROLE_ANYONE, "GET /assets/app-1.js", NULL);
	assert_string_equal(desk_body(answer), "run()");
	assert_string_equal(desk_header(answer, "Content-Type"), "text/javascript; charset=utf-8");
	assert_non_null(strstr(desk_header(answer, "Cache-Control"), "immutable"));
	assert_string_equal(desk_body(desk_as(&desk, ROLE_ANYONE, "GET /hosts/web1", NULL)),
			    "<p>page");
	assert_int_equal(desk_status(desk_as(&desk, ROLE_ANYONE, "GET /assets/old.js", NULL)), 404);
	const char *const escapes[] = {"/../../etc/passwd",     "/%2e%2e/%2e%2e/etc/passwd",
				       "/..%2f..%2fetc/passwd", "/assets/..%5c..%5cetc",
				       "//etc/passwd",          "/assets/%00"};
	for (size_t i = 0; i < array_len(escapes); i++) {
		answer = desk_as(&desk, ROLE_ANYONE, unit_text("GET %s", escapes[i]), NULL);
		assert_null(strstr(answer, "root:"));
	}
	desk_close(&desk);
}

test(every_answer_is_guarded)
{
	struct desk desk;
	desk_open(&desk);
	const char *const lines[] = {"GET /", "GET /healthz", "GET /api/v1/hosts", "PUT /x"};
	for (size_t i = 0; i < array_len(lines); i++) {
		const char *answer = desk_as(&desk, ROLE_ANYONE, lines[i], NULL);
		assert_string_equal(desk_header(answer, "X-Content-Type-Options"), "nosniff");
		assert_string_equal(desk_header(answer, "Referrer-Policy"), "no-referrer");
		assert_string_equal(desk_header(answer, "Strict-Transport-Security"),
				    "max-age=31536000");
		assert_non_null(strstr(desk_header(answer, "Content-Security-Policy"),
				       "default-src 'self'; "));
		assert_string_not_equal(desk_header(answer, "Cache-Control"), "");
	}
	assert_string_equal(
		desk_header(desk_ask(&desk, "GET / HTTP/1.1\r\nHost: localhost:1\r\n", NULL),
			    "Strict-Transport-Security"),
		"");
	desk_close(&desk);
}

test(metrics_are_prometheus_text)
{
	struct desk desk;
	desk_open(&desk);
	const char *answer = desk_as(&desk, ROLE_ANYONE, "GET /metrics", NULL);
	struct text rest = text_of(desk_body(answer)), line, word;
	size_t count = 0;
	assert_true(text_ends(rest, "\n"));
	while (text_next(&rest, '\n', &line)) {
		if (text_starts(line, "# HELP ") || text_starts(line, "# TYPE "))
			continue;
		uint64_t number;
		assert_true(text_word(&line, &word) && text_starts(word, "muster_"));
		assert_true(text_to_u64(text_trim(line), 0, UINT64_MAX, &number));
		count++;
	}
	assert_true(count >= 8);
	desk_close(&desk);
}
