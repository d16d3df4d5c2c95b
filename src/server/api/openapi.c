/* The description of the API, made from the table of routes and the table of shapes below. */
#include <string.h>

#include "server/api/calls/calls.h"
#include "server/api/route.h"

/* A shape's members: name and type, with spaces between. Types: text int bool time, any (an
 * object), Shape; a list has [] around it; a '?' behind the type: may be null or missing. */
static const struct {
	const char *name, *members;
} shapes[] = {
	{"Problem", "type text title text status int detail text errors [Finding]?"},
	{"Finding", "line int column int detail text"},
	{"Login", "secret text"},
	{"Session", "name text role text expires time?"},
	{"Link", "url text expires time"},
	{"Counts",
	 "pass int fail int error int not_applicable int waived int unknown int pending int"},
	{"Walls", "landlock_abi int seccomp bool"},
	{"Watch", "names int looked_at int why text who text defects int since time? defect text? "
		  "defect_at time?"},
	{"Host",
	 "id text name text os [text] os_name text os_version text kernel text arch text "
	 "addresses [text] agent_version text tags any status text trust text enrolled time "
	 "last_seen time? required text? achieved text counts Counts walls Walls "
	 "watch Watch?"},
	{"Tags", "set any? unset [text]?"},
	{"EnrolmentOrder", "uses int? ttl_s int?"},
	{"Enrolment", "token text expires time"},
	{"ItemPolicy", "name text level text url text"},
	{"ItemTest", "type text value text"},
	{"ItemCheck", "ref text name text description text location text test ItemTest"},
	{"Evidence", "path text? line int? text text?"},
	{"Item", "target text utctimestamp time compliance bool link text policy ItemPolicy "
		 "check ItemCheck id text status text reason text evidence [Evidence] agent text "
		 "action text duration_us int truncated bool? tags any by Actor? waiver Waived?"},
	{"Actor", "process text? pid int command text? uid int? login_uid int?"},
	{"Change", "id text agent text target text policy text ref text name text level text "
		   "from text to text utctimestamp time by Actor?"},
	{"HostSums", "total int online int offline int meeting int below int not_required int"},
	{"Levels", "none int low int medium int high int maximum int"},
	{"Summary", "generated time hosts HostSums achieved Levels required Levels counts Counts "
		    "policies [any] failures [any] changes [Change]"},
	{"Check", "policy text? ref text statement text? level text name text description text "
		  "rationale text remediation text frameworks any"},
	{"DocumentOrder", "name text text text dry_run bool?"},
	{"Document",
	 "name text policy text url text target text revision int sha256 text pushed time "
	 "by text hosts int statements any checks [Check] text text? conflicts [any]?"},
	{"RequirementOrder", "query text level text"},
	{"Requirement", "query text level text by text since time"},
	{"WaiverOrder", "policy text ref text hosts text until text why text"},
	{"Waiver", "id text policy text ref text hosts text why text by text created time "
		   "until time ended time? ended_by text? status text"},
	{"Waived", "id text until time why text by text status text reason text"},
	{"TokenOrder", "name text role text"},
	{"Token", "id text name text role text created time last_used time? token text?"},
	{"PolicyText", "name text text text"},
	{"ActionOrder", "target text policies [PolicyText]? wait_s int?"},
	{"ActionHost", "id text name text status text"},
	{"Action", "id text created time? by text? target text? expires time hosts [ActionHost]? "
		   "items [Item]? stream int?"},
};

static const struct {
	const char *name, *type, *help;
} args[] = {
	{"q", "text", "A query: status:fail and policy.level:high"},
	{"limit", "int", "How many at most, 1 to 1000; 100 when not given."},
	{"cursor", "text", "What \"next\" said in the answer before."},
	{"since", "text", "What the header Muster-Cursor said before; empty: from the beginning."},
	{"format", "text", "ndjson: the feed, an item a line."},
	{"action", "text",
	 "Only the items that answer this action; it ends with the event \"done\"."},
	{"after", "int", "The same as the header Last-Event-ID."},
	{"query", "text", "The requirement's query, as the list shows it."},
};

static struct json *reference(struct text shape)
{
	scoped(buf_end) struct buf path = {0};
	struct json *json = json_new_object();
	buf_cstr(&path, "#/components/schemas/");
	buf_text(&path, shape);
	json_put_text(json, "$ref", buf_view(&path));
	return json;
}

static struct json *plain(const char *type, const char *format)
{
	struct json *json = json_new_object();
	json_put_cstr(json, "type", type);
	if (format)
		json_put_cstr(json, "format", format);
	return json;
}

static struct json *single(struct text type)
{
	if (text_is(type, "text"))
		return plain("string", NULL);
	if (text_is(type, "int"))
		return plain("integer", NULL);
	if (text_is(type, "bool"))
		return plain("boolean", NULL);
	if (text_is(type, "time"))
		return plain("string", "date-time");
	if (text_is(type, "any"))
		return plain("object", NULL);
	return reference(type);
}

static struct json *schema_of(struct text type)
{
	if (!text_starts(type, "["))
		return single(type);
	struct json *list = plain("array", NULL);
	json_put(list, "items", single((struct text){type.at + 1, type.len - 2}));
	return list;
}

static struct json *maybe_null(struct json *schema)
{
	struct json *json = json_new_object(), *either = json_new_list();
	json_add(either, schema);
	json_add(either, plain("null", NULL));
	json_put(json, "anyOf", either);
	return json;
}

static struct json *shape_schema(const char *members)
{
	char key[64];
	struct text rest = text_of(members), name, type;
	struct json *json = plain("object", NULL);
	struct json *properties = json_new_object(), *required = json_new_list();
	while (text_word(&rest, &name) && text_word(&rest, &type)) {
		must(name.len < sizeof(key));
		memcpy(key, name.at, name.len);
		key[name.len] = '\0';
		bool optional = text_ends(type, "?");
		type.len -= optional ? 1 : 0;
		struct json *schema = schema_of(type);
		json_put(properties, key, optional ? maybe_null(schema) : schema);
		if (!optional)
			json_add_text(required, name);
	}
	json_put(json, "properties", properties);
	json_put(json, "required", required);
	return json;
}

static struct json *parameter(const char *where, struct text name, const char *type,
			      const char *help)
{
	struct json *json = json_new_object();
	json_put_text(json, "name", name);
	json_put_cstr(json, "in", where);
	json_put_bool(json, "required", strcmp(where, "path") == 0);
	json_put(json, "schema", single(text_of(type)));
	if (help)
		json_put_cstr(json, "description", help);
	return json;
}

static void add_argument(struct json *list, struct text name)
{
	for (size_t i = 0; i < array_len(args); i++)
		if (text_is(name, args[i].name)) {
			json_add(list, parameter("query", name, args[i].type, args[i].help));
			return;
		}
	must(!"an argument of a route that has no description");
}

static struct json *parameters(const struct route *route)
{
	struct json *list = json_new_list();
	struct text rest = text_of(route->path), part;
	while (text_next(&rest, '/', &part))
		if (text_starts(part, "{"))
			json_add(list, parameter("path", (struct text){part.at + 1, part.len - 2},
						 "text", NULL));
	rest = text_of(route->args ? route->args : "");
	while (text_word(&rest, &part))
		add_argument(list, part);
	return list;
}

static struct json *content(const char *type, struct json *schema)
{
	struct json *json = json_new_object(), *media = json_new_object();
	if (schema)
		json_put(media, "schema", schema);
	json_put(json, type, media);
	return json;
}

/* "[Host]" is a list's page: {"data": […], "next": …}. */
static struct json *page_schema(struct text list)
{
	struct json *json = plain("object", NULL), *properties = json_new_object();
	struct json *required = json_new_list();
	json_put(properties, "data", schema_of(list));
	json_put(properties, "next", maybe_null(plain("string", NULL)));
	json_add_text(required, TEXT("data"));
	json_add_text(required, TEXT("next"));
	json_put(json, "properties", properties);
	json_put(json, "required", required);
	return json;
}

static struct json *good_answer(const struct route *route)
{
	struct json *json = json_new_object();
	json_put_cstr(json, "description", route->help);
	if (!route->answers)
		return json;
	struct text answers = text_of(route->answers);
	if (strchr(route->answers, '/'))
		json_put(json, "content", content(route->answers, NULL));
	else if (text_starts(answers, "["))
		json_put(json, "content", content("application/json", page_schema(answers)));
	else
		json_put(json, "content", content("application/json", reference(answers)));
	return json;
}

static struct json *operation(const struct route *route)
{
	struct json *json = json_new_object(), *answers = json_new_object();
	struct json *problem = json_new_object(), *security = json_new_list();
	json_put_cstr(json, "operationId", route->name);
	json_put_cstr(json, "summary", route->help);
	json_put(json, "parameters", parameters(route));
	if (route->takes) {
		struct json *body = json_new_object();
		json_put_bool(body, "required", true);
		json_put(body, "content",
			 content("application/json", reference(text_of(route->takes))));
		json_put(json, "requestBody", body);
	}
	json_put(answers, route->answers ? "200" : "204", good_answer(route));
	json_put_cstr(problem, "description", "What is wrong, and what to do.");
	json_put(problem, "content",
		 content("application/problem+json", reference(TEXT("Problem"))));
	json_put(answers, "default", problem);
	json_put(json, "responses", answers);
	if (route->role != ROLE_ANYONE) {
		struct json *token = json_new_object(), *cookie = json_new_object();
		json_put(token, "token", json_new_list());
		json_put(cookie, "session", json_new_list());
		json_add(security, token);
		json_add(security, cookie);
		json_put_cstr(json, "x-role", role_name(route->role));
	}
	json_put(json, "security", security);
	return json;
}

static struct json *paths(void)
{
	char method[8];
	size_t count;
	const struct route *table = route_table(&count);
	struct json *json = json_new_object();
	for (size_t i = 0; i < count; i++) {
		const struct json *known = json_get(json, table[i].path);
		struct json *path = known ? json_copy(known) : json_new_object();
		size_t len = strlen(table[i].method);
		must(len < sizeof(method));
		for (size_t c = 0; c <= len; c++)
			method[c] = (char)(table[i].method[c] ? table[i].method[c] | 0x20 : '\0');
		json_put(path, method, operation(&table[i]));
		json_put(json, table[i].path, path);
	}
	return json;
}

static struct json *components(void)
{
	struct json *json = json_new_object(), *schemas = json_new_object();
	struct json *ways = json_new_object(), *token = json_new_object(),
		    *cookie = json_new_object();
	for (size_t i = 0; i < array_len(shapes); i++)
		json_put(schemas, shapes[i].name, shape_schema(shapes[i].members));
	json_put(json, "schemas", schemas);
	json_put_cstr(token, "type", "http");
	json_put_cstr(token, "scheme", "bearer");
	json_put_cstr(cookie, "type", "apiKey");
	json_put_cstr(cookie, "in", "cookie");
	json_put_cstr(cookie, "name", WHO_COOKIE);
	json_put(ways, "token", token);
	json_put(ways, "session", cookie);
	json_put(json, "securitySchemes", ways);
	return json;
}

void call_openapi(struct call *call)
{
	struct json *json = json_new_object(), *info = json_new_object();
	json_put_cstr(json, "openapi", "3.1.0");
	json_put_cstr(info, "title", "Muster");
	json_put_cstr(info, "version", MUSTER_VERSION);
	json_put_cstr(
		info, "description",
		"Continuous security compliance: hosts, what they must meet, and what was found.");
	json_put(json, "info", info);
	json_put(json, "paths", paths());
	json_put(json, "components", components());
	call_json(call, 200, json);
}
