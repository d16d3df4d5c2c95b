#include "base/time.h"
#include "format/json.h"
#include "server/alert/alert.h"

static bool is_bad(enum status status)
{
	return status == STATUS_FAIL || status == STATUS_ERROR || status == STATUS_UNKNOWN;
}

bool alert_wants(const struct alert_change *change, enum alert_on on)
{
	if (change->from == STATUS_PENDING || is_bad(change->from) == is_bad(change->to))
		return false;
	return on == ALERT_ON_CHANGE || change->required == LEVEL_NONE ||
	       change->met != change->meets;
}

bool alert_on_read(struct text text, enum alert_on *on)
{
	*on = text_is(text, "change") ? ALERT_ON_CHANGE : ALERT_ON_LEVEL;
	return text_is(text, "change") || text_is(text, "level");
}

/* Who made all of these changes; NULL: it was not one process, or is not known. */
static const struct actor *only_actor(const struct alert_told *told, size_t count)
{
	const struct actor *by = told[0].change->by;
	for (size_t i = 0; i < count; i++) {
		const struct actor *also = told[i].change->by;
		if (!by || !also || !actor_is_same(by, also))
			return NULL;
	}
	return by;
}

/* ", since 2 s ago, by uid 1000 with vi": since the first of them. */
static void say_when_and_who(const struct alert_told *told, size_t count, int64_t now_us,
			     struct buf *out)
{
	char ago[TIME_AGO_SIZE];
	int64_t at_us = told[0].change->at_us;
	for (size_t i = 1; i < count; i++)
		at_us = told[i].change->at_us < at_us ? told[i].change->at_us : at_us;
	time_put_ago(at_us, now_us, ago);
	buf_print(out, ", since %s", ago);
	const struct actor *by = only_actor(told, count);
	if (!by)
		return;
	buf_cstr(out, ", ");
	actor_put(by, out);
}

/* What the host's level did over all changes; the first and the last tell. */
static void say_subject(const struct alert_told *told, size_t count, int64_t now_us,
			struct buf *out)
{
	const struct alert_change *first = told[0].change, *last = told[count - 1].change;
	buf_text(out, last->target);
	if (last->required != LEVEL_NONE && first->met && !last->meets)
		buf_print(out, " no longer meets %s: ", level_name(last->required));
	else if (last->required != LEVEL_NONE && !first->met && last->meets)
		buf_print(out, " meets %s again: ", level_name(last->required));
	else
		buf_cstr(out, ": ");
	if (count > 1) {
		buf_print(out, "%zu checks changed", count);
		say_when_and_who(told, count, now_us, out);
		return;
	}
	buf_text(out, last->name);
	if (told[0].settled) {
		buf_print(out, " has settled, %s", status_name(last->to));
	} else if (told[0].flaps) {
		buf_cstr(out, " goes to and fro; you hear of it again when it has settled");
	} else {
		buf_print(out, ", %s, was %s", status_name(last->to), status_name(last->from));
		say_when_and_who(told, count, now_us, out);
	}
}

static void say_change(const struct alert_told *told, struct buf *out)
{
	const struct alert_change *change = told->change;
	char when[TIME_TEXT_SIZE];
	time_put(change->at_us, when);
	buf_print(out, "%.19sZ  %.*s/%.*s (%s)  ", when, TEXT_ARG(change->policy),
		  TEXT_ARG(change->ref), level_name(change->level));
	buf_text(out, change->name);
	buf_print(out, ": %s, was %s", status_name(change->to), status_name(change->from));
	if (change->reason.len > 0) {
		buf_cstr(out, ": ");
		buf_text(out, change->reason);
	}
	if (told->flaps || told->settled)
		buf_cstr(out, told->flaps ? " (flapping from now on)" : " (settled)");
	if (change->by) {
		buf_cstr(out, "\n                      ");
		actor_put_whole(change->by, out);
	}
	buf_char(out, '\n');
}

static struct json *change_json(const struct alert_told *told)
{
	const struct alert_change *change = told->change;
	char when[TIME_TEXT_SIZE];
	struct json *json = json_new_object();
	time_put(change->at_us, when);
	json_put_text(json, "id", change->item);
	json_put_text(json, "policy", change->policy);
	json_put_text(json, "ref", change->ref);
	json_put_text(json, "name", change->name);
	json_put_cstr(json, "level", level_name(change->level));
	json_put_cstr(json, "from", status_name(change->from));
	json_put_cstr(json, "to", status_name(change->to));
	json_put_text(json, "reason", change->reason);
	json_put_cstr(json, "utctimestamp", when);
	json_put_bool(json, "flapping", told->flaps);
	if (change->by)
		json_put(json, "by", actor_to_json(change->by));
	return json;
}

static void say_json(const struct alert_told *told, size_t count, int64_t now_us,
		     struct alert_words *words)
{
	const struct alert_change *last = told[count - 1].change;
	char when[TIME_TEXT_SIZE];
	scoped(json_free) struct json *json = json_new_object();
	struct json *changes = json_new_list();
	time_put(now_us, when);
	json_put_cstr(json, "category", "compliance");
	json_put_text(json, "text", buf_view(&words->subject)); /* what chat services show */
	json_put_text(json, "target", last->target);
	json_put_text(json, "agent", last->agent);
	json_put_text(json, "required",
		      last->required == LEVEL_NONE ? (struct text){0}
						   : text_of(level_name(last->required)));
	json_put_bool(json, "meets", last->meets);
	json_put_bool(json, "met", told[0].change->met);
	json_put_cstr(json, "severity", words->bad ? "warning" : "notice");
	json_put_cstr(json, "utctimestamp", when);
	json_put_int(json, "count", (int64_t)count);
	for (size_t i = 0; i < count && i < ALERT_CHANGES_MAX; i++)
		json_add(changes, change_json(&told[i]));
	json_put(json, "changes", changes);
	json_write(json, &words->json);
}

void alert_say(const struct alert_told *told, size_t count, int64_t now_us,
	       struct alert_words *words)
{
	must(count > 0);
	*words = (struct alert_words){0};
	for (size_t i = 0; i < count; i++)
		words->bad = words->bad || is_bad(told[i].change->to);
	say_subject(told, count, now_us, &words->subject);
	buf_text(&words->body, buf_view(&words->subject));
	buf_cstr(&words->body, "\n\n");
	for (size_t i = 0; i < count && i < ALERT_CHANGES_MAX; i++)
		say_change(&told[i], &words->body);
	if (count > ALERT_CHANGES_MAX)
		buf_print(&words->body, "and %zu more\n", count - ALERT_CHANGES_MAX);
	say_json(told, count, now_us, words);
}

void alert_words_end(struct alert_words *words)
{
	buf_end(&words->subject);
	buf_end(&words->body);
	buf_end(&words->json);
}
