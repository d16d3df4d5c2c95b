#include "model/actor.h"

#include <inttypes.h>

#define ELLIPSIS_MAX 3

struct json *actor_to_json(const struct actor *actor)
{
	struct json *json = json_new_object();
	if (actor->name.len > 0)
		json_put_cut(json, "process", actor->name, ACTOR_PROCESS_MAX);
	json_put_int(json, "pid", actor->pid);
	if (actor->command.len > 0)
		json_put_cut(json, "command", actor->command, ACTOR_COMMAND_MAX);
	if (actor->user != ACTOR_NOBODY)
		json_put_int(json, "uid", actor->user);
	if (actor->login != ACTOR_NOBODY)
		json_put_int(json, "login_uid", actor->login);
	return json;
}

static bool get_text(const struct json *json, const char *key, size_t limit, struct arena *arena,
		     struct text *text, struct err *err)
{
	const struct json *member = json_get(json, key);
	struct text value = json_as_text(member);
	if (member && !value.at)
		return err_set(err, ERR_INPUT, "by: \"%s\" must be a text", key);
	if (value.len > limit)
		return err_set(err, ERR_LIMIT, "by: \"%s\" has %zu bytes; at most %zu are taken",
			       key, value.len, limit);
	*text = arena_text(arena, value);
	return true;
}

static bool get_number(const struct json *json, const char *key, int64_t min, int64_t *number,
		       struct err *err)
{
	const struct json *member = json_get(json, key);
	*number = json_int(json, key, ACTOR_NOBODY);
	if (member && (*number < min || *number > UINT32_MAX))
		return err_set(err, ERR_INPUT, "by: \"%s\" must be a number from %" PRId64, key,
			       min);
	return true;
}

bool actor_from_json(const struct json *json, struct arena *arena, struct actor *actor,
		     struct err *err)
{
	struct actor read = {0};
	if (json_kind(json) != JSON_OBJECT || !json_get(json, "pid"))
		return err_set(err, ERR_INPUT, "by: it must be an object with a \"pid\"");
	if (!get_number(json, "pid", 1, &read.pid, err) ||
	    !get_number(json, "uid", 0, &read.user, err) ||
	    !get_number(json, "login_uid", 0, &read.login, err) ||
	    !get_text(json, "process", ACTOR_PROCESS_MAX + ELLIPSIS_MAX, arena, &read.name, err) ||
	    !get_text(json, "command", ACTOR_COMMAND_MAX + ELLIPSIS_MAX, arena, &read.command, err))
		return false;
	*actor = read;
	return true;
}

struct actor *actor_copy(const struct actor *actor, struct arena *arena)
{
	struct actor *copy = arena_get(arena, 1, sizeof(*copy));
	*copy = *actor;
	copy->name = arena_text(arena, actor->name);
	copy->command = arena_text(arena, actor->command);
	return copy;
}

bool actor_is_same(const struct actor *a, const struct actor *b)
{
	return a->pid == b->pid && a->user == b->user && a->login == b->login &&
	       text_is_equal(a->name, b->name);
}

void actor_put(const struct actor *actor, struct buf *out)
{
	if (actor->user == ACTOR_NOBODY && actor->name.len == 0) {
		buf_print(out, "by process %" PRId64 ", which had ended", actor->pid);
		return;
	}
	bool became = actor->login != ACTOR_NOBODY && actor->login != actor->user;
	if (actor->user == ACTOR_NOBODY && actor->login == ACTOR_NOBODY)
		buf_print(out, "by process %" PRId64, actor->pid);
	else
		buf_print(out, "by uid %" PRId64, became ? actor->login : actor->user);
	if (became && actor->user != ACTOR_NOBODY)
		buf_print(out, " (as uid %" PRId64 ")", actor->user);
	if (actor->name.len == 0)
		return;
	buf_cstr(out, " with ");
	buf_printable(out, actor->name, ACTOR_PROCESS_MAX);
}

void actor_put_whole(const struct actor *actor, struct buf *out)
{
	actor_put(actor, out);
	if (actor->command.len == 0)
		return;
	buf_cstr(out, ": ");
	buf_printable(out, actor->command, ACTOR_COMMAND_MAX + ELLIPSIS_MAX);
}
