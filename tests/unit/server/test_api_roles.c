#include <stdio.h>
#include <string.h>

#include "desk.h"
#include "server/api/route.h"
#include "unit.h"

/* Who may do what, written down a second time: what the API's own table says must come to the same.
 */
static const struct {
	const char *line;
	enum role least;
	const char *json;
} calls[] = {
	{"GET /healthz", ROLE_ANYONE, NULL},
	{"GET /readyz", ROLE_ANYONE, NULL},
	{"GET /metrics", ROLE_ANYONE, NULL},
	{"GET /api/v1/openapi.json", ROLE_ANYONE, NULL},
	{"POST /api/v1/login", ROLE_ANYONE, "[]"},
	{"POST /api/v1/logout", ROLE_VIEWER, NULL},
	{"GET /api/v1/whoami", ROLE_VIEWER, NULL},
	{"POST /api/v1/links", ROLE_VIEWER, NULL},
	{"GET /api/v1/hosts", ROLE_VIEWER, NULL},
	{"GET /api/v1/hosts/" DESK_HOST, ROLE_VIEWER, NULL},
	{"POST /api/v1/hosts/" DESK_HOST "/tags", ROLE_OPERATOR, "{}"},
	{"DELETE /api/v1/hosts/" DESK_HOST, ROLE_ADMIN, NULL},
	{"POST /api/v1/enrolments", ROLE_ADMIN, "{}"},
	{"GET /api/v1/items", ROLE_VIEWER, NULL},
	{"GET /api/v1/items/" DESK_ITEM, ROLE_VIEWER, NULL},
	{"GET /api/v1/items/" DESK_ITEM "/history", ROLE_VIEWER, NULL},
	{"GET /api/v1/summary", ROLE_VIEWER, NULL},
	{"GET /api/v1/stream?q=%28", ROLE_VIEWER, NULL},
	{"GET /api/v1/policies", ROLE_VIEWER, NULL},
	{"GET /api/v1/policies/system", ROLE_VIEWER, NULL},
	{"POST /api/v1/policies", ROLE_OPERATOR, "{}"},
	{"DELETE /api/v1/policies/none", ROLE_OPERATOR, NULL},
	{"GET /api/v1/requirements", ROLE_VIEWER, NULL},
	{"POST /api/v1/requirements", ROLE_OPERATOR, "{}"},
	{"DELETE /api/v1/requirements", ROLE_OPERATOR, NULL},
	{"GET /api/v1/waivers", ROLE_VIEWER, NULL},
	{"GET /api/v1/waivers/" DESK_ACTION, ROLE_VIEWER, NULL},
	{"POST /api/v1/waivers", ROLE_OPERATOR, "{}"},
	{"DELETE /api/v1/waivers/" DESK_ACTION, ROLE_OPERATOR, NULL},
	{"GET /api/v1/tokens", ROLE_ADMIN, NULL},
	{"POST /api/v1/tokens", ROLE_ADMIN, "{}"},
	{"DELETE /api/v1/tokens/none", ROLE_ADMIN, NULL},
	{"GET /api/v1/actions", ROLE_VIEWER, NULL},
	{"GET /api/v1/actions/" DESK_ACTION, ROLE_VIEWER, NULL},
	{"POST /api/v1/actions", ROLE_INVESTIGATOR, "{}"},
};

static int expected(enum role role, enum role least)
{
	if (least == ROLE_ANYONE)
		return 0;
	if (role == ROLE_ANYONE)
		return 401;
	return role == ROLE_INTAKE || role < least ? 403 : 0;
}

test(every_role_may_do_its_part_and_no_more)
{
	struct desk desk;
	size_t count;
	(void)!route_table(&count);
	assert_int_equal(array_len(calls), count);
	desk_open(&desk);
	for (size_t i = 0; i < array_len(calls); i++)
		for (enum role role = ROLE_ANYONE; role <= ROLE_INTAKE; role++) {
			const char *answer = desk_as(&desk, role, calls[i].line, calls[i].json);
			int status = desk_status(answer), want = expected(role, calls[i].least);
			bool refused = status == 401 || status == 403;
			bool whoami = strstr(calls[i].line, "whoami") && role == ROLE_INTAKE;
			if (status == 0 || (want ? status != want && !whoami : refused))
				fail_msg("%s as %s: %d", calls[i].line, role_name(role), status);
			if (status == 401)
				assert_string_equal(desk_header(answer, "WWW-Authenticate"),
						    "Bearer realm=\"muster\"");
		}
	desk_close(&desk);
}

test(openapi_has_every_route)
{
	struct desk desk;
	size_t count;
	const struct route *table = route_table(&count);
	desk_open(&desk);
	scoped(json_free) struct json *json = desk_json(
		desk_as(&desk, ROLE_ANYONE, "GET /api/v1/openapi.json", NULL));
	assert_true(text_is(json_text(json, "openapi"), "3.1.0"));
	const struct json *schemas = json_get(json_get(json, "components"), "schemas");
	for (size_t i = 0; i < count; i++) {
		char method[8] = {0};
		for (size_t c = 0; table[i].method[c]; c++)
			method[c] = (char)(table[i].method[c] | 0x20);
		const struct json *path = json_get(json_get(json, "paths"), table[i].path);
		const struct json *operation = json_get(path, method);
		assert_true(text_is(json_text(operation, "operationId"), table[i].name));
		if (table[i].takes)
			assert_non_null(json_get(schemas, table[i].takes));
		for (size_t other = 0; other < i; other++)
			assert_string_not_equal(table[i].name, table[other].name);
	}
	desk_close(&desk);
}

/* Every "$ref" leads to a schema that is there. */
static void check_references(const struct json *json, const struct json *schemas)
{
	void *state = NULL;
	struct text key;
	const struct json *value;
	for (size_t i = 0; i < json_count(json); i++)
		check_references(json_at(json, i), schemas);
	while (json_next(json, &state, &key, &value)) {
		check_references(value, schemas);
		if (!text_is(key, "$ref"))
			continue;
		struct text path = json_as_text(value);
		assert_true(text_starts(path, "#/components/schemas/"));
		assert_non_null(json_get(schemas, path.at + 21));
	}
}

test(openapi_refers_to_what_is_there)
{
	struct desk desk;
	desk_open(&desk);
	scoped(json_free) struct json *json = desk_json(
		desk_as(&desk, ROLE_ANYONE, "GET /api/v1/openapi.json", NULL));
	check_references(json, json_get(json_get(json, "components"), "schemas"));
	desk_close(&desk);
}
