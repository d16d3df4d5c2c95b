#include <string.h>

#include "base/random.h"
#include "base/time.h"
#include "server/api/calls/calls.h"

#define SECRET_MAX 256
#define HOST_MAX 255

static struct json *session_json(struct text name, struct text role, int64_t expires_us)
{
	char expires[TIME_TEXT_SIZE];
	struct json *json = json_new_object();
	json_put_text(json, "name", name);
	json_put_text(json, "role", role);
	time_put(expires_us, expires);
	json_put_text(json, "expires", expires_us > 0 ? text_of(expires) : (struct text){0});
	return json;
}

/* A session or a link, for who it names. */
static bool add_token(struct call *call, const struct store_token *like, int64_t span_us,
		      char secret[static WHO_SECRET_SIZE], struct err *err)
{
	struct store_token token = {.kind = like->kind,
				    .name = like->name,
				    .role = like->role,
				    .created_us = call->now_us,
				    .expires_us = call->now_us + span_us,
				    .uses_left = like->kind == TOKEN_LINK ? 1 : -1};
	random_put_id(token.id);
	who_make_secret(secret, token.hash);
	return call->web->port->token_add(call->web->store, &token, err);
}

static void open_session(struct call *call, const struct store_token *link)
{
	struct err err = {0};
	char secret[WHO_SECRET_SIZE];
	const struct store_token session = {
		.kind = TOKEN_SESSION, .name = link->name, .role = link->role};
	if (!add_token(call, &session, WHO_SESSION_US, secret, &err)) {
		call_err(call, &err);
		return;
	}
	http_put_header(call->response, "Set-Cookie",
			arena_print(call->arena,
				    WHO_COOKIE "=%s; Path=/; Max-Age=%d; Secure; HttpOnly; "
					       "SameSite=Strict",
				    secret, (int)(WHO_SESSION_US / TIME_SECOND_US)));
	call_json(call, 200, session_json(link->name, link->role, call->now_us + WHO_SESSION_US));
}

void call_login(struct call *call)
{
	struct err err = {0};
	struct text secret;
	struct store_token link;
	char hash[STORE_HASH_SIZE];
	bool found = false;
	if (!guard_is_open(call->web->guard, call->request->peer, time_span_us())) {
		call_problem(call, 429,
			     "too many sign-ins failed from your address; wait a minute");
		return;
	}
	if (!call_body_text(call, "secret", SECRET_MAX, &secret))
		return;
	who_hash(secret, hash);
	const struct store_token_use use = {TOKEN_LINK, hash, true, call->now_us};
	if (!call->web->port->token_find(call->web->store, &use, call->arena, &link, &found,
					 &err)) {
		call_err(call, &err);
	} else if (found) {
		open_session(call, &link);
	} else {
		guard_fail(call->web->guard, call->request->peer, time_span_us());
		call_problem(call, 401,
			     "this link was used already, or is older than a minute; make "
			     "another with muster open");
	}
}

void call_logout(struct call *call)
{
	struct err err = {0};
	bool found;
	if (call->who.is_session &&
	    !call->web->port->token_remove(call->web->store, call->who.token, &found, &err)) {
		call_err(call, &err);
		return;
	}
	http_put_header(call->response, "Set-Cookie",
			WHO_COOKIE "=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict");
	call_empty(call, 204);
}

void call_whoami(struct call *call)
{
	if (call->who.role == ROLE_ANYONE)
		call_problem(call, 401, "nobody is signed in; make a link with muster open");
	else
		call_json(call, 200,
			  session_json(call->who.name, text_of(role_name(call->who.role)),
				       call->who.expires_us));
}

/* What the client called us, if that can stand in a link; else where we listen. */
static const char *own_name(const struct call *call)
{
	const char *host = http_header(call->request, "Host");
	size_t len = host ? strlen(host) : 0;
	if (len == 0 || len > HOST_MAX ||
	    strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]") !=
		    len)
		return http_address(call->request->http);
	return host;
}

void call_link(struct call *call)
{
	struct err err = {0};
	char secret[WHO_SECRET_SIZE], expires[TIME_TEXT_SIZE];
	if (call->who.is_session) {
		call_problem(call, 403, "a session makes no further sessions; use a token");
		return;
	}
	const struct store_token link = {.kind = TOKEN_LINK,
					 .name = call->who.name,
					 .role = text_of(role_name(call->who.role))};
	if (!add_token(call, &link, WHO_LINK_US, secret, &err)) {
		call_err(call, &err);
		return;
	}
	struct json *json = json_new_object();
	json_put_cstr(json, "url",
		      arena_print(call->arena, "https://%s/#login=%s", own_name(call), secret));
	time_put(call->now_us + WHO_LINK_US, expires);
	json_put_cstr(json, "expires", expires);
	call_json(call, 200, json);
}
