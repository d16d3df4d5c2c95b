#include "desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/time.h"
#include "unit.h"

static const struct store_port *const port = &store_memory;

/* --- the fleet --- */
static struct json *host_json(void)
{
	struct json *json = json_new_object();
	json_put_cstr(json, "id", DESK_HOST);
	json_put_cstr(json, "name", "web1");
	return json;
}

struct json *fleet_host(struct fleet *fleet, const char *id, struct err *err)
{
	(void)fleet, (void)err;
	return strcmp(id, DESK_HOST) == 0 ? host_json() : NULL;
}

struct json *fleet_hosts(struct fleet *fleet, const struct query *query, const char *after,
			 size_t limit, char next[static STORE_ID_SIZE], struct err *err)
{
	(void)fleet, (void)after, (void)limit, (void)err;
	struct json *list = json_new_list(), *host = host_json();
	struct query_record record = query_json_record(host);
	next[0] = '\0';
	if (!query || query_is_match(query, &record, 0))
		json_add(list, host);
	else
		json_free(&host);
	return list;
}

bool fleet_tag(struct fleet *fleet, const char *id, const struct json *change, struct err *err)
{
	(void)id;
	fleet->tagged++;
	return json_get(change, "set") || err_set(err, ERR_INPUT, "nothing to set");
}

bool fleet_revoke(struct fleet *fleet, const char *id, bool *found, struct err *err)
{
	(void)err;
	*found = strcmp(id, DESK_HOST) == 0;
	fleet->revoked += *found;
	return true;
}

struct json *fleet_summary(struct fleet *fleet, struct err *err)
{
	(void)fleet, (void)err;
	return json_new_object();
}

static struct json *document_json(void)
{
	struct json *json = json_new_object();
	json_put_cstr(json, "name", "system");
	return json;
}

struct json *fleet_push(struct fleet *fleet, const struct fleet_text *pushed, bool dry_run,
			struct json **errors, struct err *err)
{
	size_t at;
	if (text_find(pushed->text, TEXT("broken"), &at)) {
		*errors = json_new_list();
		json_add_text(*errors, TEXT("one"));
		err_set(err, ERR_INPUT, "1:1: broken");
		return NULL;
	}
	if (text_find(pushed->text, TEXT("conflict"), &at)) {
		err_set(err, ERR_REFUSED, "a and b have the same check");
		return NULL;
	}
	fleet->pushed += dry_run ? 0 : 1;
	return document_json();
}

struct json *fleet_documents(struct fleet *fleet, struct err *err)
{
	(void)fleet, (void)err;
	struct json *list = json_new_list();
	json_add(list, document_json());
	return list;
}

bool fleet_document_remove(struct fleet *fleet, struct text name, bool *found, struct err *err)
{
	(void)fleet, (void)err;
	*found = text_is(name, "system");
	return true;
}

bool fleet_require(struct fleet *fleet, struct text query, enum level level, const char *by,
		   struct err *err)
{
	(void)fleet, (void)level, (void)by;
	return !text_is(query, "broken") || err_set(err, ERR_INPUT, "column 1: broken");
}

bool fleet_unrequire(struct fleet *fleet, struct text query, bool *found, struct err *err)
{
	(void)fleet, (void)err;
	*found = text_is(query, "os:debian and tags.a:b");
	return true;
}

bool fleet_waive(struct fleet *fleet, struct store_waiver *waiver, struct err *err)
{
	(void)fleet;
	memcpy(waiver->id, DESK_ACTION, sizeof(waiver->id));
	return !text_is(waiver->ref, "none") ||
	       err_set(err, ERR_INPUT, "no assigned document has it");
}

bool fleet_unwaive(struct fleet *fleet, const char *id, const char *by, bool *found,
		   struct err *err)
{
	(void)fleet, (void)by, (void)err;
	*found = strcmp(id, DESK_ACTION) == 0;
	return true;
}

struct json *fleet_check(struct fleet *fleet, struct text target, const struct json *policies,
			 const char *by, int64_t wait_us, struct err *err)
{
	(void)fleet, (void)policies, (void)by, (void)wait_us;
	if (text_is(target, "busy"))
		err_set(err, ERR_BUSY, "too many actions wait");
	else if (text_is(target, "broken"))
		err_set(err, ERR_INPUT, "column 1: broken");
	else {
		struct json *json = json_new_object();
		json_put_cstr(json, "id", DESK_ACTION);
		return json;
	}
	return NULL;
}

struct json *fleet_action(struct fleet *fleet, const char *id, struct err *err)
{
	(void)fleet, (void)err;
	if (strcmp(id, DESK_ACTION) != 0)
		return NULL;
	struct json *json = json_new_object();
	json_put_cstr(json, "id", id);
	return json;
}

bool fleet_enrolment(struct fleet *fleet, int64_t uses, int64_t ttl_us, struct buf *token,
		     int64_t *expires_us, struct err *err)
{
	(void)fleet, (void)uses, (void)err;
	buf_cstr(token, "oneword");
	*expires_us = ttl_us;
	return true;
}

void fleet_metrics(struct fleet *fleet, struct buf *out)
{
	(void)fleet;
	buf_cstr(out, "# HELP muster_hosts Hosts.\n# TYPE muster_hosts gauge\nmuster_hosts 1\n");
}

/* --- the desk --- */
static void add_tokens(struct desk *desk)
{
	struct err err = {0};
	for (enum role role = ROLE_VIEWER; role <= ROLE_INTAKE; role++) {
		struct store_token token = {.kind = TOKEN_API,
					    .name = text_of(role_name(role)),
					    .role = text_of(role_name(role)),
					    .created_us = time_now_us(),
					    .uses_left = -1};
		memset(token.id, 'a' + (int)role - 1, STORE_ID_SIZE - 1);
		who_make_secret(desk->tokens[role], token.hash);
		assert_true(port->token_add(desk->store, &token, &err));
	}
}

static void add_host(struct desk *desk)
{
	struct err err = {0};
	struct store_token token = {.kind = TOKEN_ENROL,
				    .name = TEXT("enrol"),
				    .role = TEXT(""),
				    .created_us = 1,
				    .expires_us = INT64_MAX,
				    .uses_left = 1};
	struct store_host host = {.id = DESK_HOST,
				  .name = TEXT("web1"),
				  .facts = TEXT("{}"),
				  .tags = TEXT("{}"),
				  .trust = TEXT("server"),
				  .fingerprint = TEXT("f")};
	memset(token.id, 'f', STORE_ID_SIZE - 1);
	memset(token.hash, 'f', STORE_HASH_SIZE - 1);
	assert_true(port->token_add(desk->store, &token, &err));
	assert_true(port->host_add(desk->store, &host, token.hash, 10, &err));
}

void desk_open(struct desk *desk)
{
	struct err err = {0};
	const char *files = unit_tmpdir();
	*desk = (struct desk){0};
	identity_make(&desk->identity);
	unit_write_file(unit_text("%s/index.html", files), "<p>page", 7);
	unit_write_file(unit_text("%s/assets/app-1.js", files), "run()", 5);
	const struct store_config store = {.folder = unit_tmpdir()};
	desk->store = port->open(&store, &err);
	assert_non_null(desk->store);
	desk->stream = stream_new();
	add_tokens(desk);
	add_host(desk);
	const struct web_config config = {.listen = "127.0.0.1:0",
					  .key_pem = buf_view(&desk->identity.key),
					  .cert_pem = buf_view(&desk->identity.cert),
					  .fleet = &desk->fleet,
					  .port = port,
					  .store = desk->store,
					  .stream = desk->stream,
					  .files = files_open(files, &err)};
	desk->web = web_start(&config, &err);
	assert_string_equal(err.text, "");
	assert_non_null(desk->web);
}

void desk_close(struct desk *desk)
{
	web_stop(&desk->web);
	stream_free(&desk->stream);
	port->close(&desk->store);
	identity_end(&desk->identity);
}

const char *desk_ask(struct desk *desk, const char *head, const char *body)
{
	scoped(buf_end) struct buf request = {0};
	struct peer *peer = peer_open(web_address(desk->web), &desk->identity);
	assert_non_null(peer);
	buf_cstr(&request, head);
	if (body)
		buf_print(&request, "Content-Length: %zu\r\n", strlen(body));
	buf_print(&request, "Connection: close\r\n\r\n%s", body ? body : "");
	peer_send(peer, request.at);
	(void)peer_sees(peer, "event: never"); /* until it closes, or a stream begins */
	const char *answer = unit_text("%s", peer_seen(peer));
	peer_close(&peer);
	return answer;
}

const char *desk_as(struct desk *desk, enum role role, const char *line, const char *json)
{
	const char *head = unit_text("%s HTTP/1.1\r\nHost: desk\r\n", line);
	if (role != ROLE_ANYONE)
		head = unit_text("%sAuthorization: Bearer %s\r\n", head, desk->tokens[role]);
	if (json)
		head = unit_text("%sContent-Type: application/json\r\n", head);
	return desk_ask(desk, head, json);
}

int desk_status(const char *answer)
{
	uint64_t status;
	struct text rest = text_of(answer), word;
	if (!text_starts(rest, "HTTP/1.1 ") || !text_word(&rest, &word) ||
	    !text_word(&rest, &word) || !text_to_u64(word, 100, 599, &status))
		return 0;
	return (int)status;
}

const char *desk_header(const char *answer, const char *name)
{
	size_t len = strlen(name);
	for (const char *line = answer; (line = strstr(line, "\r\n")); line += 2) {
		if (strncmp(line, "\r\n\r\n", 4) == 0)
			break;
		if (strncasecmp(line + 2, name, len) == 0 && line[2 + len] == ':')
			return unit_text("%.*s", (int)strcspn(line + len + 4, "\r"),
					 line + len + 4);
	}
	return "";
}

const char *desk_body(const char *answer)
{
	const char *end = strstr(answer, "\r\n\r\n");
	return end ? end + 4 : "";
}

struct json *desk_json(const char *answer)
{
	struct err err = {0};
	struct json *json = json_parse(text_of(desk_body(answer)), &err);
	if (!json)
		fail_msg("%s: %s", err.text, answer);
	return json;
}

void desk_put_item(struct desk *desk, char digit, const char *status, int64_t at_us)
{
	desk_put_change(desk, digit, status, at_us, NULL);
}

void desk_put_change(struct desk *desk, char digit, const char *status, int64_t at_us,
		     const char *by)
{
	struct err err = {0};
	char at[TIME_TEXT_SIZE];
	struct store_item item = {.agent = DESK_HOST,
				  .target = TEXT("web1"),
				  .policy = TEXT("system"),
				  .ref = text_of(unit_text("ref%c", digit)),
				  .name = TEXT("a check"),
				  .level = LEVEL_MEDIUM,
				  .at_us = at_us,
				  .current = true};
	memset(item.id, digit, STORE_ID_SIZE - 1);
	assert_true(status_read(text_of(status), &item.status));
	time_put(at_us, at);
	item.json = text_of(unit_text(
		"{\"id\":\"%s\",\"agent\":\"%s\",\"target\":\"web1\",\"status\":\"%s\","
		"\"utctimestamp\":\"%s\",\"policy\":{\"name\":\"system\","
		"\"level\":\"medium\"},\"check\":{\"ref\":\"ref%c\",\"name\":\"a check\"}%s%s}",
		item.id, DESK_HOST, status, at, digit, by ? ",\"by\":" : "", by ? by : ""));
	assert_true(port->items_put(desk->store, &item, 1, &err));
}
