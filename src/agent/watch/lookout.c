#include "agent/watch/lookout.h"

#include <inttypes.h>
#include <string.h>

#include "agent/post.h"
#include "assess/drift/culprits.h"
#include "assess/drift/drift.h"
#include "assess/drift/ties.h"
#include "base/log.h"
#include "base/mem.h"
#include "format/json.h"
#include "os/folder.h"
#include "os/watch/watch.h"

#define CHECKS_MAX 100000 /* numbers that are sent; beyond, everything is judged again */
#define SIGHT_PART 8      /* so much more or less in names is worth saying */

struct teller { /* a judge that tells */
	struct lookout *lookout;
	struct post *post;
	struct teller *next;
};

enum news { NEWS_NONE, NEWS_AGED, NEWS_FRESH, NEWS_CHANGED, NEWS_COUNT };

static const char *const news_names[] = {
	[NEWS_AGED] = "aged", [NEWS_FRESH] = "fresh", [NEWS_CHANGED] = "checks"};

struct lookout {
	const struct lookout_start *start;
	struct loop *loop;
	struct post *monitor, *link;
	struct file_root *root;
	struct watch *watch;
	struct ties *ties;
	struct teller *tellers;
	int64_t scope; /* of the numbers; 0: nothing was told yet */
	/* What is to be said: by check, the more the later in enum news. */
	unsigned char *news;
	size_t news_room, news_count;
	struct culprits *culprits;
	uint32_t *ids;
	size_t id_room;
	uint64_t mounts;  /* when something was said last */
	struct buf sight; /* as it was said; NUL behind */
	size_t names_said;
	bool failed;
};

static void give_up(struct lookout *lookout, const struct err *err)
{
	log_write(LOG_ERROR, "watch", "%s", err->text);
	lookout->failed = true;
	loop_stop(lookout->loop);
}

/* -------- what is said -------- */

static void note(struct lookout *lookout, uint32_t check, enum news kind)
{
	lookout->news = mem_grow(lookout->news, &lookout->news_room, (size_t)check + 1, 1);
	lookout->news_count += lookout->news[check] == 0;
	if (lookout->news[check] < kind)
		lookout->news[check] = (unsigned char)kind;
}

static void send_json(struct lookout *lookout, enum talk talk, struct json *json)
{
	struct err err = {0};
	scoped(buf_end) struct buf text = {0};
	json_write(json, &text);
	json_free(&json);
	if (!post_send(lookout->link, talk, buf_view(&text), &err))
		give_up(lookout, &err);
}

/* Says which checks are concerned, and forgets it. */
static void say_news(struct lookout *lookout)
{
	struct watch_state state;
	if (lookout->news_count == 0 || lookout->scope == 0)
		return;
	struct json *json = json_new_object();
	struct buf lists[NEWS_COUNT] = {0};
	bool all = lookout->news_count > CHECKS_MAX;
	for (size_t i = 0; i < lookout->news_room; i++)
		if (lookout->news[i] && !all)
			buf_print(&lists[lookout->news[i]], "%zu ", i);
	json_put_int(json, "scope", lookout->scope);
	json_put_bool(json, "again", all);
	for (size_t i = NEWS_AGED; i < NEWS_COUNT; i++) {
		json_put_cstr(json, news_names[i], lists[i].at ? lists[i].at : "");
		buf_end(&lists[i]);
	}
	struct json *by = culprits_to_json(lookout->culprits);
	if (by)
		json_put(json, "by", by);
	culprits_clear(lookout->culprits);
	memset(lookout->news, 0, lookout->news_room);
	lookout->news_count = 0;
	watch_get_state(lookout->watch, &state);
	lookout->mounts = state.mounts;
	send_json(lookout, TALK_CHANGED, json);
}

/* What can't be seen, when it is another than before, or how much is watched. */
static void say_sight(struct lookout *lookout)
{
	struct watch_state state;
	scoped(buf_end) struct buf why = {0}, who = {0};
	watch_get_state(lookout->watch, &state);
	watch_put_blind(lookout->watch, &why);
	buf_cstr(&why, "");
	watch_put_attribution(lookout->watch, &who);
	size_t apart = state.names > lookout->names_said ? state.names - lookout->names_said
							 : lookout->names_said - state.names;
	if (lookout->sight.at && strcmp(lookout->sight.at, why.at) == 0 &&
	    apart <= lookout->names_said / SIGHT_PART)
		return;
	lookout->names_said = state.names;
	buf_clear(&lookout->sight);
	buf_cstr(&lookout->sight, why.at);
	struct json *json = json_new_object();
	json_put_int(json, "names", (int64_t)state.names);
	json_put_int(json, "looked_at",
		     (int64_t)(state.no_events + state.full + state.refused + state.large));
	json_put_cstr(json, "why", why.at);
	json_put_text(json, "who", buf_view(&who));
	send_json(lookout, TALK_SIGHT, json);
}

struct concerning {
	struct lookout *lookout;
	bool aged;
	const struct watch_actor *actor;
};

static void concern(void *data, uint32_t check)
{
	const struct concerning *concerning = data;
	note(concerning->lookout, check, concerning->aged ? NEWS_AGED : NEWS_CHANGED);
	culprits_note(concerning->lookout->culprits, check, concerning->actor);
}

static void changed(void *data, const uint32_t *ids, size_t count)
{
	struct lookout *lookout = data;
	for (size_t i = 0; i < count; i++) {
		struct concerning concerning = {
			lookout, strcmp(watch_name(lookout->watch, ids[i]), "clock") == 0,
			watch_actor(lookout->watch, i)};
		ties_each(lookout->ties, ids[i], concern, &concerning);
	}
	say_news(lookout);
}

/* -------- what judges tell -------- */

static void forget_name(void *data, uint32_t id)
{
	struct lookout *lookout = data;
	watch_remove(lookout->watch, id);
}

static void take_scope(struct lookout *lookout, const struct json *json)
{
	lookout->scope = json_int(json, "scope", 0);
	ties_clear(lookout->ties, forget_name, lookout);
	if (lookout->news_room > 0)
		memset(lookout->news, 0, lookout->news_room);
	lookout->news_count = 0;
	culprits_clear(lookout->culprits);
}

/* "12\0/etc/passwd\0clock\0"; what was not watched before is judged once more. */
static void take_depends(struct lookout *lookout, struct text body)
{
	struct text part;
	uint64_t check;
	size_t count = 0;
	bool fits = true, fresh = false, is_new;
	if (!text_next(&body, '\0', &part) || !text_to_u64(part, 0, 10000000, &check))
		return;
	while (fits && text_next(&body, '\0', &part)) {
		lookout->ids = mem_grow(lookout->ids, &lookout->id_room, count + 1,
					sizeof(*lookout->ids));
		lookout->ids[count] = watch_add(lookout->watch, part, &is_new);
		fits = lookout->ids[count++] != UINT32_MAX;
		fresh |= is_new;
	}
	if (!fits ||
	    !ties_put(lookout->ties, (uint32_t)check, lookout->ids, count, forget_name, lookout)) {
		uint32_t beyond = watch_add(lookout->watch, TEXT(DRIFT_BEYOND), &is_new);
		(void)!ties_put(lookout->ties, (uint32_t)check, &beyond, 1, forget_name, lookout);
	}
	if (fresh)
		note(lookout, (uint32_t)check, NEWS_FRESH);
}

/* A run is over. What was mounted while it looked may have shown it something else. */
static void take_known(struct lookout *lookout, const struct json *json)
{
	struct watch_state state;
	watch_charge(lookout->watch, json_int(json, "cpu_us", 0));
	watch_get_state(lookout->watch, &state);
	for (size_t i = 0; state.mounts != lookout->mounts && i < lookout->news_room; i++)
		note(lookout, (uint32_t)i, NEWS_CHANGED);
	lookout->mounts = state.mounts;
	say_sight(lookout);
	say_news(lookout);
}

static void from_judge(void *data, struct channel_message *message)
{
	struct teller *teller = data;
	struct err err = {0};
	if (message->type == TALK_DEPENDS) {
		take_depends(teller->lookout, message->body);
		return;
	}
	struct json *json = json_parse(message->body, &err);
	if (message->type == TALK_SCOPE)
		take_scope(teller->lookout, json);
	else
		take_known(teller->lookout, json);
	json_free(&json);
}

static void judge_closed(void *data, const struct err *err)
{
	struct teller *teller = data, **at = &teller->lookout->tellers;
	if (err->kind != ERR_NONE)
		log_write(LOG_ERROR, "watch", "%s", err->text);
	while (*at != teller)
		at = &(*at)->next;
	*at = teller->next;
	post_free(&teller->post);
	mem_free(&teller);
}

static const struct post_calls judge_calls = {from_judge, judge_closed};

/* -------- begin and end -------- */

static void from_monitor(void *data, struct channel_message *message)
{
	struct lookout *lookout = data;
	struct err err = {0};
	struct teller *teller = mem_new(1, sizeof(*teller));
	*teller = (struct teller){.lookout = lookout, .next = lookout->tellers};
	lookout->tellers = teller;
	teller->post = post_new(&(struct post_config){.loop = lookout->loop,
						      .fd = message->fd,
						      .us = ROLE_WATCH,
						      .them = ROLE_JUDGE,
						      .calls = &judge_calls,
						      .data = teller},
				&err);
	if (!teller->post)
		judge_closed(teller, &err);
}

/* Nobody but the monitor and the link speak to us; when one of them ends, so do we. */
static void from_link(void *data unused, struct channel_message *message)
{
	folder_close(&message->fd);
}

static void other_closed(void *data, const struct err *err)
{
	struct lookout *lookout = data;
	if (err->kind != ERR_NONE)
		give_up(lookout, err);
	else
		loop_stop(lookout->loop);
}

static const struct post_calls monitor_calls = {from_monitor, other_closed};
static const struct post_calls link_calls = {from_link, other_closed};

static struct post *meet(struct lookout *lookout, int fd, enum role them,
			 const struct post_calls *calls, struct err *err)
{
	return post_new(&(struct post_config){.loop = lookout->loop,
					      .fd = fd,
					      .us = ROLE_WATCH,
					      .them = them,
					      .calls = calls,
					      .data = lookout},
			err);
}

static bool prepare(struct lookout *lookout, struct err *err)
{
	lookout->loop = loop_new(err);
	lookout->root = lookout->loop ? file_root_open("/", err) : NULL;
	if (!lookout->root)
		return false;
	const struct watch_config config = {.loop = lookout->loop,
					    .root = lookout->root,
					    .attribute = true,
					    .changed = changed,
					    .data = lookout};
	lookout->ties = ties_new();
	lookout->culprits = culprits_new();
	lookout->watch = watch_new(&config, err);
	if (!lookout->watch || !roles_enter(ROLE_WATCH, -1, err))
		return false;
	lookout->monitor = meet(lookout, lookout->start->monitor, ROLE_MONITOR, &monitor_calls,
				err);
	lookout->link = meet(lookout, lookout->start->link, ROLE_LINK, &link_calls, err);
	return lookout->monitor && lookout->link;
}

int lookout_run(void *start)
{
	struct err err = {0};
	struct lookout lookout = {.start = start};
	if (!prepare(&lookout, &err) || !loop_run(lookout.loop, &err)) {
		log_write(LOG_ERROR, "watch", "%s", err.text);
		lookout.failed = true;
	}
	while (lookout.tellers)
		judge_closed(lookout.tellers, &err);
	post_free(&lookout.monitor);
	post_free(&lookout.link);
	watch_free(&lookout.watch);
	ties_free(&lookout.ties);
	culprits_free(&lookout.culprits);
	file_root_free(&lookout.root);
	loop_free(&lookout.loop);
	mem_free(&lookout.news);
	mem_free(&lookout.ids);
	buf_end(&lookout.sight);
	return lookout.failed ? 1 : 0;
}
