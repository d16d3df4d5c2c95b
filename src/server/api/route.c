#include "server/api/route.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "server/api/calls/calls.h"
#include "server/api/files.h"
#include "server/api/shape.h"

#define KIB 1024
#define SPARE_BODY_MAX \
	4096 /* what a browser may send along where nothing is needed; it is not read */
#define API "/api/v1"

static const struct route table[] = {
	{"GET", "/healthz", ROLE_ANYONE, 0, call_health, "health", "Whether the process answers.",
	 NULL, NULL, "text/plain"},
	{"GET", "/readyz", ROLE_ANYONE, 0, call_ready, "ready", "Whether the stores answer, too.",
	 NULL, NULL, "text/plain"},
	{"GET", "/metrics", ROLE_ANYONE, 0, call_metrics, "metrics", "Figures for Prometheus.",
	 NULL, NULL, "text/plain"},
	{"GET", API "/openapi.json", ROLE_ANYONE, 0, call_openapi, "openapi", "This description.",
	 NULL, NULL, "application/json"},

	{"POST", API "/login", ROLE_ANYONE, KIB, call_login, "login",
	 "Trades the secret of a login link for a session cookie.", NULL, "Login", "Session"},
	{"POST", API "/logout", ROLE_VIEWER, 0, call_logout, "logout", "Ends the caller's session.",
	 NULL, NULL, NULL},
	{"GET", API "/whoami", ROLE_ANYONE, 0, call_whoami, "whoami", "Who the caller is.", NULL,
	 NULL, "Session"},
	{"POST", API "/links", ROLE_VIEWER, 0, call_link, "link",
	 "A link that signs the caller's browser in, once, within a minute.", NULL, NULL, "Link"},

	{"GET", API "/hosts", ROLE_VIEWER, 0, call_hosts, "hosts",
	 "The hosts that a query selects.", "q limit cursor", NULL, "[Host]"},
	{"GET", API "/hosts/{id}", ROLE_VIEWER, 0, call_host, "host", "One host.", NULL, NULL,
	 "Host"},
	{"POST", API "/hosts/{id}/tags", ROLE_OPERATOR, 16 * KIB, call_host_tags, "hostTags",
	 "Sets and unsets tags of a host.", NULL, "Tags", "Host"},
	{"DELETE", API "/hosts/{id}", ROLE_ADMIN, 0, call_host_revoke, "hostRevoke",
	 "Revokes a host's certificate and closes its connection.", NULL, NULL, "Host"},
	{"POST", API "/enrolments", ROLE_ADMIN, KIB, call_enrolment, "enrolment",
	 "A token that lets agents join.", NULL, "EnrolmentOrder", "Enrolment"},

	{"GET", API "/items", ROLE_VIEWER, 0, call_items, "items",
	 "Current items that a query selects; with since, the feed of all new items.",
	 "q limit cursor since format", NULL, "[Item]"},
	{"GET", API "/items/{id}", ROLE_VIEWER, 0, call_item, "item", "One item, as it is now.",
	 NULL, NULL, "Item"},
	{"GET", API "/items/{id}/history", ROLE_VIEWER, 0, call_item_history, "itemHistory",
	 "How an item went over time, newest first.", "limit cursor", NULL, "[Item]"},
	{"GET", API "/summary", ROLE_VIEWER, 0, call_summary, "summary",
	 "Counts by policy, level and status; achieved against required.", NULL, NULL, "Summary"},
	{"GET", API "/stream", ROLE_VIEWER, 0, call_stream, "stream",
	 "What happens, as it happens; resumes by Last-Event-ID.", "q action after", NULL,
	 "text/event-stream"},

	{"GET", API "/policies", ROLE_VIEWER, 0, call_policies, "policies",
	 "The assigned documents.", NULL, NULL, "[Document]"},
	{"GET", API "/policies/{name}", ROLE_VIEWER, 0, call_policy, "policy",
	 "One document, with its text.", NULL, NULL, "Document"},
	{"POST", API "/policies", ROLE_OPERATOR, WEB_BODY_MAX, call_policy_push, "policyPush",
	 "Assigns a document to the hosts of its target, or tries it out.", NULL, "DocumentOrder",
	 "Document"},
	{"DELETE", API "/policies/{name}", ROLE_OPERATOR, 0, call_policy_remove, "policyRemove",
	 "Takes a document away from its hosts.", NULL, NULL, NULL},
	{"GET", API "/requirements", ROLE_VIEWER, 0, call_requirements, "requirements",
	 "The levels that hosts must meet.", NULL, NULL, "[Requirement]"},
	{"POST", API "/requirements", ROLE_OPERATOR, 32 * KIB, call_requirement_put,
	 "requirementPut", "Sets the level that the hosts of a query must meet.", NULL,
	 "RequirementOrder", "Requirement"},
	{"DELETE", API "/requirements", ROLE_OPERATOR, 0, call_requirement_remove,
	 "requirementRemove", "Removes the requirement of this very query.", "query", NULL, NULL},

	{"GET", API "/waivers", ROLE_VIEWER, 0, call_waivers, "waivers",
	 "Exceptions that end by themselves, those that ended too; newest first.", "q limit cursor",
	 NULL, "[Waiver]"},
	{"GET", API "/waivers/{id}", ROLE_VIEWER, 0, call_waiver, "waiver", "One waiver.", NULL,
	 NULL, "Waiver"},
	{"POST", API "/waivers", ROLE_OPERATOR, 32 * KIB, call_waiver_add, "waiverAdd",
	 "Accepts until a time that a check fails or errs on the hosts of a query.", NULL,
	 "WaiverOrder", "Waiver"},
	{"DELETE", API "/waivers/{id}", ROLE_OPERATOR, 0, call_waiver_end, "waiverEnd",
	 "Ends it now; it is kept. Ending it again changes nothing.", NULL, NULL, NULL},

	{"GET", API "/tokens", ROLE_ADMIN, 0, call_tokens, "tokens", "Who has a token.", NULL, NULL,
	 "[Token]"},
	{"POST", API "/tokens", ROLE_ADMIN, KIB, call_token_create, "tokenCreate",
	 "Makes a token; it is shown this once.", NULL, "TokenOrder", "Token"},
	{"DELETE", API "/tokens/{id}", ROLE_ADMIN, 0, call_token_revoke, "tokenRevoke",
	 "Ends a token and the sessions that came of it.", NULL, NULL, NULL},

	{"GET", API "/actions", ROLE_VIEWER, 0, call_actions, "actions", "The newest actions.",
	 "limit", NULL, "[Action]"},
	{"GET", API "/actions/{id}", ROLE_VIEWER, 0, call_action, "action",
	 "One action, with its hosts and the items that they answered.", NULL, NULL, "Action"},
	{"POST", API "/actions", ROLE_INVESTIGATOR, WEB_BODY_MAX, call_action_start, "actionStart",
	 "Runs checks now on the hosts that a query selects.", NULL, "ActionOrder", "Action"},
};

const struct route *route_table(size_t *count)
{
	*count = array_len(table);
	return table;
}

/* Whether the target's path is the route's; what stands for {…} goes to words. */
static bool is_match(const struct target *target, const char *path, struct text *words)
{
	struct text rest = text_of(path + 1), part;
	size_t at = 0;
	while (text_next(&rest, '/', &part)) {
		if (at == target->segment_count)
			return false;
		if (part.at[0] == '{')
			*words++ = target->segments[at];
		else if (!text_is_equal(part, target->segments[at]))
			return false;
		at++;
	}
	return at == target->segment_count;
}

/* The route, or NULL; then allowed names the methods that this path has ("": there is no such
 * path). */
static const struct route *find(struct call *call, char *allowed, size_t size)
{
	size_t len = 0;
	allowed[0] = '\0';
	for (size_t i = 0; i < array_len(table); i++) {
		if (!is_match(&call->request->target, table[i].path, call->words))
			continue;
		if (strcmp(table[i].method, call->request->method) == 0)
			return &table[i];
		len += (size_t)snprintf(allowed + len, size - len, "%s%s%s", len ? ", " : "",
					table[i].method,
					strcmp(table[i].method, "GET") == 0 ? ", HEAD" : "");
		must(len < size);
	}
	return NULL;
}

static bool identify(struct call *call)
{
	struct err err = {0};
	const char *bearer = http_header(call->request, "Authorization");
	const char *cookie = http_cookie(call->request, WHO_COOKIE);
	struct who_asked asked = {.port = call->web->port,
				  .store = call->web->store,
				  .by_cookie = !bearer,
				  .now_us = call->now_us};
	if (bearer && text_is_alike((struct text){bearer, strnlen(bearer, 7)}, TEXT("Bearer ")))
		asked.secret = text_trim(text_of(bearer + 7));
	else if (!bearer && cookie)
		asked.secret = text_of(cookie);
	if (who_find(&asked, call->arena, &call->who, &err))
		return true;
	call_err(call, &err);
	return false;
}

static bool authorise(struct call *call)
{
	enum role needed = call->route->role;
	if (!identify(call))
		return false;
	if (role_may(call->who.role, needed))
		return true;
	if (call->who.role == ROLE_ANYONE)
		call_problem(call, 401,
			     "this needs a token that the server knows; sign in with "
			     "muster open, or send Authorization: Bearer TOKEN");
	else
		call_problem(call, 403, "this needs the role %s; yours is %s", role_name(needed),
			     role_name(call->who.role));
	return false;
}

/* Browsers say where a request comes from; with a strict referrer policy Origin may be "null", and
 * then Sec-Fetch-Site, which no page can set, decides. */
static bool is_from_here(const struct call *call)
{
	const char *origin = http_header(call->request, "Origin");
	const char *site = http_header(call->request, "Sec-Fetch-Site");
	const char *host = http_header(call->request, "Host");
	if (site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
		return false;
	if (!origin || (site && strcmp(origin, "null") == 0))
		return true;
	return host && strncmp(origin, "https://", 8) == 0 && strcasecmp(origin + 8, host) == 0;
}

/* What a page of another site could make a browser send is refused. */
static bool check_origin(struct call *call)
{
	bool changes = strcmp(call->request->method, "GET") != 0;
	if (!changes || (!call->who.is_session && call->route->role != ROLE_ANYONE) ||
	    is_from_here(call))
		return true;
	call_problem(call, 403,
		     "a request that changes something must come from the dashboard's own "
		     "pages");
	return false;
}

static bool check_type(struct call *call)
{
	const char *type = http_header(call->request, "Content-Type");
	bool changes = strcmp(call->request->method, "GET") != 0;
	bool needed = call->route->body_max > 0 || (changes && call->who.is_session);
	struct text rest = text_of(type ? type : ""), word = {0};
	if (!needed)
		return true;
	if (text_next(&rest, ';', &word) &&
	    text_is_alike(text_trim(word), TEXT("application/json")))
		return true;
	call_problem(call, 415, "the body must be JSON, with Content-Type: application/json");
	return false;
}

static void finish(struct call *call)
{
	struct http_response *response = call->response;
	const char *host = http_header(call->request, "Host");
	must(response->status >= 200);
	atomic_fetch_add(&call->web->answers[response->status / 100], 1);
	http_put_header(response, "Content-Security-Policy",
			"default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; "
			"base-uri 'none'; form-action 'self'");
	http_put_header(response, "X-Content-Type-Options", "nosniff");
	http_put_header(response, "Referrer-Policy", "no-referrer");
	http_put_header(response, "Cross-Origin-Resource-Policy", "same-origin");
	/* Browsers keep it for a name, whatever the port: it would break other servers of
	 * localhost. */
	if (!host || strncmp(host, "localhost", 9) != 0)
		http_put_header(response, "Strict-Transport-Security", "max-age=31536000");
	for (size_t i = 0; i < response->header_count; i++)
		if (strcmp(response->headers[i].name, "Cache-Control") == 0)
			return;
	http_put_header(response, "Cache-Control", "no-store");
}

static void no_route(struct call *call, const char *allowed)
{
	const struct target *target = &call->request->target;
	bool is_api = target->segment_count > 0 && text_is(target->segments[0], "api");
	bool reads = strcmp(call->request->method, "GET") == 0;
	if (*allowed) {
		http_put_header(call->response, "Allow", arena_cstr(call->arena, allowed));
		call_problem(call, 405, "%s is not possible here, only %s", call->request->method,
			     allowed);
	} else if (is_api || reads) {
		if (is_api || !call->web->files ||
		    !files_answer(call->web->files, call->request, call->response))
			call_problem(call, 404,
				     "there is nothing at this address; GET "
				     "/api/v1/openapi.json says what there is");
	} else {
		http_put_header(call->response, "Allow", "GET, HEAD");
		call_problem(call, 405, "%s is not possible here, only GET, HEAD",
			     call->request->method);
	}
}

/* False: it has answered. */
static bool prepare(struct call *call)
{
	char allowed[64];
	if (call->request->broken) {
		call_problem(call, 400, "%s", call->request->broken->text);
		return false;
	}
	call->route = find(call, allowed, sizeof(allowed));
	if (!call->route) {
		no_route(call, allowed);
		return false;
	}
	return authorise(call) && check_origin(call) && check_type(call);
}

static struct call *new_call(void *data, struct http_request *request)
{
	struct call *call = arena_get(request->arena, 1, sizeof(*call));
	call->web = data;
	call->request = request;
	call->arena = request->arena;
	call->now_us = time_now_us();
	request->state = call;
	return call;
}

bool route_begin(void *data, struct http_request *request, struct http_response *response,
		 size_t *body_limit)
{
	struct call *call = new_call(data, request);
	call->response = response;
	if (!prepare(call)) {
		finish(call);
		return false;
	}
	*body_limit = call->route->body_max > 0 ? call->route->body_max : SPARE_BODY_MAX;
	return true;
}

static bool read_body(struct call *call, struct err *err)
{
	call->body = json_parse(call->request->body, err);
	if (!call->body)
		return false;
	if (json_kind(call->body) != JSON_OBJECT)
		return err_set(err, ERR_INPUT, "the body is JSON, but no object");
	return shape_check(call->body, call->route->takes, err) &&
	       json_check_keys(call->request->body, err);
}

void route_handle(void *data, struct http_request *request, struct http_response *response)
{
	(void)data;
	struct err err = {0};
	struct call *call = request->state;
	call->response = response;
	if (call->route->body_max > 0 && !read_body(call, &err))
		call_err(call, &err);
	else
		call->route->handle(call);
	json_free(&call->body);
	finish(call);
}

void route_refuse(void *data, struct http_request *request, struct http_response *response,
		  int status)
{
	(void)data;
	struct call *call = request->state;
	call->response = response;
	if (status == 413)
		call_problem(call, 413, "the body is larger than the %zu bytes that this takes",
			     call->route->body_max > 0 ? call->route->body_max
						       : (size_t)SPARE_BODY_MAX);
	else
		call_problem(call, status, "the server holds too many requests at once; try again");
	finish(call);
}
