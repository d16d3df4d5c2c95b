#include <stdio.h>
#include <string.h>

#include "desk.h"
#include "server/api/route.h"
#include "server/api/shape.h"
#include "unit.h"

/* What is wrong with a body is said by its key; each route that takes one is here. */
static const struct {
	const char *line, *json, *detail;
} cases[] = {
	{"POST /api/v1/login", "{\"secrets\":\"x\"}",
	 "unknown key \"secrets\"; did you mean \"secret\"?"},
	{"POST /api/v1/login", "{\"secret\":\"x\",\"secret\":\"y\"}",
	 "1:15: the key \"secret\" stands twice in one object"},
	{"POST /api/v1/login", "{\"secret\":\"x\",\"remember\":true}",
	 "unknown key \"remember\"; known here: secret"},
	{"POST /api/v1/hosts/" DESK_HOST "/tags", "{\"sets\":{}}",
	 "unknown key \"sets\"; did you mean \"set\"?"},
	{"POST /api/v1/hosts/" DESK_HOST "/tags", "{\"set\":{\"role\":\"a\",\"role\":\"b\"}}",
	 "1:20: the key \"role\" stands twice in one object"},
	{"POST /api/v1/hosts/" DESK_HOST "/tags", "{\"unset\":\"role\"}",
	 "the body's \"unset\" must be a list of texts"},
	{"POST /api/v1/hosts/" DESK_HOST "/tags", "{\"unset\":[7]}",
	 "the body's \"unset\" must be a list of texts"},
	{"POST /api/v1/hosts/" DESK_HOST "/tags", "{\"set\":[]}",
	 "the body's \"set\" must be an object"},
	{"POST /api/v1/enrolments", "{\"use\":3}", "unknown key \"use\"; did you mean \"uses\"?"},
	{"POST /api/v1/enrolments", "{\"ttl\":3}", "unknown key \"ttl\"; known here: uses, ttl_s"},
	{"POST /api/v1/enrolments", "{\"uses\":1,\"\\u0075ses\":99}",
	 "1:11: the key \"uses\" stands twice in one object"},
	{"POST /api/v1/enrolments", "{\"uses\":\"3\"}",
	 "the body's \"uses\" must be a whole number"},
	{"POST /api/v1/enrolments", "{\"uses\":1.5}", "the body's \"uses\" must be a whole number"},
	{"POST /api/v1/enrolments", "{\"uses\\u0000\":3}", "1:2: a key holds NUL"},
	{"POST /api/v1/enrolments", "{'uses':3}", "1:2: a key stands in double quotes"},
	{"POST /api/v1/policies", "{\"name\":\"x\",\"text\":\"y\",\"dryrun\":true}",
	 "unknown key \"dryrun\"; did you mean \"dry_run\"?"},
	{"POST /api/v1/policies", "{\"name\":\"x\",\"text\":\"y\",\"dry_run\":\"yes\"}",
	 "the body's \"dry_run\" must be true or false"},
	{"POST /api/v1/policies", "{\"name\":\"x\",\"text\":\"y\",\"name\":\"z\"}",
	 "1:24: the key \"name\" stands twice in one object"},
	{"POST /api/v1/policies", "{\"name\":null,\"text\":\"y\"}",
	 "the body's \"name\" must be a text"},
	{"POST /api/v1/requirements", "{\"query\":\"*\",\"levle\":\"low\"}",
	 "unknown key \"levle\"; did you mean \"level\"?"},
	{"POST /api/v1/requirements", "{\"query\":\"*\",\"level\":\"low\",\"level\":\"high\"}",
	 "1:28: the key \"level\" stands twice in one object"},
	{"POST /api/v1/waivers", "{\"policy\":\"p\",\"untill\":\"2027-01-31\"}",
	 "unknown key \"untill\"; did you mean \"until\"?"},
	{"POST /api/v1/waivers", "{\"policy\":\"p\",\"policy\":\"q\"}",
	 "1:15: the key \"policy\" stands twice in one object"},
	{"POST /api/v1/waivers", "{\"policy\":[\"p\"]}", "the body's \"policy\" must be a text"},
	{"POST /api/v1/tokens", "{\"name\":\"x\",\"rôle\":\"viewer\"}",
	 "unknown key \"rôle\"; did you mean \"role\"?"},
	{"POST /api/v1/tokens", "{\"name\":\"x\",\"role\":\"viewer\",\"role\":\"admin\"}",
	 "1:29: the key \"role\" stands twice in one object"},
	{"POST /api/v1/tokens", "{\"name\":\"x\",\"role\":\"viewer\",\"expires\":\"tomorrow\"}",
	 "unknown key \"expires\"; known here: name, role"},
	{"POST /api/v1/actions", "{\"target\":\"*\",\"wait\":3}",
	 "unknown key \"wait\"; did you mean \"wait_s\"?"},
	{"POST /api/v1/actions", "{\"targets\":\"*\"}",
	 "unknown key \"targets\"; did you mean \"target\"?"},
	{"POST /api/v1/actions", "{\"target\":\"*\",\"target\":\"web\"}",
	 "1:15: the key \"target\" stands twice in one object"},
	{"POST /api/v1/actions", "{\"target\":\"*\",\"policies\":{}}",
	 "the body's \"policies\" must be a list of objects"},
	{"POST /api/v1/actions",
	 "{\"target\":\"*\",\"policies\":[{\"name\":\"x\",\"text\":\"y\"},{\"nam\":\"x\"}]}",
	 "in \"policies\": unknown key \"nam\"; did you mean \"name\"?"},
	{"POST /api/v1/actions",
	 "{\"target\":\"*\",\"policies\":[{\"name\":\"x\",\"text\":\"y\",\"text\":\"z\"}]}",
	 "1:50: the key \"text\" stands twice in one object"},
	{"POST /api/v1/actions", "{\"target\":\"*\",\"policies\":[[]]}",
	 "the body's \"policies\" must be a list of objects"},
};

test(a_body_has_the_keys_of_its_shape_once_each)
{
	struct desk desk;
	desk_open(&desk);
	for (size_t i = 0; i < array_len(cases); i++) {
		const char *answer = desk_as(&desk, ROLE_ADMIN, cases[i].line, cases[i].json);
		scoped(json_free) struct json *json = desk_json(answer);
		if (desk_status(answer) != 400 ||
		    !text_is(json_text(json, "detail"), cases[i].detail))
			fail_msg("%s %s: %s", cases[i].line, cases[i].json, answer);
	}
	assert_int_equal(desk.fleet.pushed + desk.fleet.tagged, 0);
	desk_close(&desk);
}

static const char *line_of(const struct route *route)
{
	size_t at;
	struct text path = text_of(route->path);
	if (!text_find(path, TEXT("{id}"), &at))
		return unit_text("%s %s", route->method, route->path);
	return unit_text("%s %.*s" DESK_HOST "%s", route->method, (int)at, route->path,
			 route->path + at + 4);
}

test(no_route_that_takes_a_body_is_left_out)
{
	struct desk desk;
	size_t count;
	const struct route *table = route_table(&count);
	desk_open(&desk);
	for (size_t i = 0; i < count; i++) {
		assert_true((table[i].body_max > 0) == (table[i].takes != NULL));
		if (!table[i].takes)
			continue;
		const char *line = line_of(&table[i]);
		size_t known = 0;
		while (known < array_len(cases) && strcmp(cases[known].line, line) != 0)
			known++;
		if (known == array_len(cases))
			fail_msg("%s: no case", line);
		assert_non_null(shape_find(text_of(table[i].takes)));
		const char *answer = desk_as(&desk, ROLE_ADMIN, line, "{\"zzzzzzzzzzzz\":1}");
		if (desk_status(answer) != 400 || !strstr(answer, "unknown key"))
			fail_msg("%s: %s", line, answer);
	}
	desk_close(&desk);
}

test(what_may_be_missing_may_be_null)
{
	struct desk desk;
	desk_open(&desk);
	assert_int_equal(desk_status(desk_as(&desk, ROLE_ADMIN, "POST /api/v1/enrolments",
					     "{\"uses\":null,\"ttl_s\":60}")),
			 200);
	assert_int_equal(desk_status(desk_as(&desk, ROLE_ADMIN, "POST /api/v1/policies",
					     "{\"name\":\"x\",\"text\":\"y\",\"dry_run\":null}")),
			 200);
	assert_int_equal(desk_status(desk_as(&desk, ROLE_ADMIN, "POST /api/v1/actions",
					     "{\"target\":\"*\",\"policies\":null}")),
			 200);
	desk_close(&desk);
}

/* The first hostile key of 4 KiB is cut, and control characters do not reach a terminal. */
test(a_hostile_key_is_told_in_short)
{
	struct desk desk;
	char body[900];
	desk_open(&desk);
	snprintf(body, sizeof(body), "{\"\\u001b[2J%0800d\":1}", 0);
	const char *answer = desk_as(&desk, ROLE_ADMIN, "POST /api/v1/tokens", body);
	scoped(json_free) struct json *json = desk_json(answer);
	struct text detail = json_text(json, "detail");
	assert_int_equal(desk_status(answer), 400);
	assert_true(text_starts(detail, "unknown key \"\\x1b[2J000"));
	assert_true(detail.len < 200);
	desk_close(&desk);
}

test(openapi_says_that_there_are_no_other_keys)
{
	struct desk desk;
	size_t count;
	const struct route *table = route_table(&count);
	desk_open(&desk);
	scoped(json_free) struct json *json = desk_json(
		desk_as(&desk, ROLE_ANYONE, "GET /api/v1/openapi.json", NULL));
	const struct json *schemas = json_get(json_get(json, "components"), "schemas");
	for (size_t i = 0; i < count; i++)
		if (table[i].takes)
			assert_false(json_truth(json_get(schemas, table[i].takes),
						"additionalProperties", true));
	assert_false(json_truth(json_get(schemas, "PolicyText"), "additionalProperties", true));
	assert_true(json_truth(json_get(schemas, "Host"), "additionalProperties", true));
	desk_close(&desk);
}
