#include <string.h>

#include "base/random.h"
#include "base/time.h"
#include "server/api/calls/calls.h"

#define NAME_MAX_LEN 64

static struct json *token_json(const struct store_token *token)
{
	char at[TIME_TEXT_SIZE];
	struct json *json = json_new_object();
	json_put_cstr(json, "id", token->id);
	json_put_text(json, "name", token->name);
	json_put_text(json, "role", token->role);
	time_put(token->created_us, at);
	json_put_cstr(json, "created", at);
	time_put(token->last_used_us, at);
	json_put_text(json, "last_used", token->last_used_us > 0 ? text_of(at) : (struct text){0});
	return json;
}

static bool list(struct call *call, enum token_kind kind, struct store_tokens *tokens)
{
	struct err err = {0};
	if (call->web->port->token_list(call->web->store, kind, call->arena, tokens, &err))
		return true;
	call_err(call, &err);
	return false;
}

void call_tokens(struct call *call)
{
	struct store_tokens tokens;
	if (!list(call, TOKEN_API, &tokens))
		return;
	struct json *data = json_new_list();
	for (size_t i = 0; i < tokens.count; i++)
		json_add(data, token_json(&tokens.list[i]));
	call_list(call, data, NULL);
}

/* A name is shown in lists and logs, and says whose sessions end with a token: a plain word, its
 * own. */
static bool check_name(struct call *call, struct text name)
{
	struct store_tokens tokens;
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.at[i] <= ' ' || name.at[i] == 0x7f) {
			call_problem(call, 400, "a token's name is one word");
			return false;
		}
	if (!list(call, TOKEN_API, &tokens))
		return false;
	for (size_t i = 0; i < tokens.count; i++)
		if (text_is_alike(tokens.list[i].name, name)) {
			call_problem(call, 409,
				     "a token has this name already; choose another, or "
				     "revoke that one first");
			return false;
		}
	return true;
}

void call_token_create(struct call *call)
{
	struct err err = {0};
	struct text name;
	enum role role;
	char secret[WHO_SECRET_SIZE];
	if (!call_body_text(call, "name", NAME_MAX_LEN, &name))
		return;
	if (!role_read(json_text(call->body, "role"), &role)) {
		call_problem(call, 400, "\"role\" is " ROLE_NAMES);
		return;
	}
	if (!check_name(call, name))
		return;
	struct store_token token = {.kind = TOKEN_API,
				    .name = name,
				    .role = text_of(role_name(role)),
				    .created_us = call->now_us,
				    .uses_left = -1};
	random_put_id(token.id);
	who_make_secret(secret, token.hash);
	if (!call->web->port->token_add(call->web->store, &token, &err)) {
		call_err(call, &err);
		return;
	}
	struct json *json = token_json(&token);
	json_put_cstr(json, "token", secret);
	call_json(call, 200, json);
}

/* Sessions and login links that came of a token end with it. */
static bool end_kind(struct call *call, enum token_kind kind, struct text name, struct err *err)
{
	struct store_tokens tokens;
	bool found;
	if (!call->web->port->token_list(call->web->store, kind, call->arena, &tokens, err))
		return false;
	for (size_t i = 0; i < tokens.count; i++)
		if (text_is_equal(tokens.list[i].name, name) &&
		    !call->web->port->token_remove(call->web->store, tokens.list[i].id, &found,
						   err))
			return false;
	return true;
}

void call_token_revoke(struct call *call)
{
	struct err err = {0};
	struct store_tokens tokens;
	size_t at = 0;
	bool found = false;
	if (!list(call, TOKEN_API, &tokens))
		return;
	while (at < tokens.count && !text_is(call->words[0], tokens.list[at].id))
		at++;
	if (at == tokens.count) {
		call_problem(call, 404, "no token has this id; muster token list shows all");
		return;
	}
	if (!call->web->port->token_remove(call->web->store, tokens.list[at].id, &found, &err) ||
	    !end_kind(call, TOKEN_SESSION, tokens.list[at].name, &err) ||
	    !end_kind(call, TOKEN_LINK, tokens.list[at].name, &err))
		call_err(call, &err);
	else
		call_empty(call, 204);
}
