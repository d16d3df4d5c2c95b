#include "agent/link/proof/defect.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"
#include "model/item.h"
#include "os/folder.h"

#define FILE_NAME "defects.json"
#define FILE_MAX 8192

struct known {         /* of a check, by runs as they are counted; 0: never */
	uint64_t told; /* the run before or in which the watch told of it */
	uint64_t from; /* the run of the item that is kept */
};

struct suspect {
	struct suspect *next;
	uint64_t number;
	char id[ITEM_ID_SIZE], before[DEFECT_PRINT_SIZE];
	int64_t due_us; /* 0: its run is not over */
	bool again;     /* its time is over, the next item decides */
};

struct defects {
	int folder;
	uint64_t turn, told_all; /* the run at hand, or the last; as in struct known */
	bool proving;
	struct known *checks; /* by number */
	size_t room;
	struct suspect *suspects;
	size_t suspect_count;
	int64_t count, since_us, last_us;
	struct buf last; /* POLICY/REF, or nothing */
	bool unsaved;
};

/* -------- what is kept -------- */

static void put_time(struct json *object, const char *key, int64_t at_us)
{
	char when[TIME_TEXT_SIZE];
	time_put(at_us, when);
	json_put_cstr(object, key, when);
}

void defects_put(const struct defects *defects, struct json *object)
{
	json_put_int(object, "defects", defects->count);
	put_time(object, "since", defects->since_us);
	if (defects->count == 0)
		return;
	json_put_text(object, "defect", buf_view(&defects->last));
	put_time(object, "defect_at", defects->last_us);
}

static void save(struct defects *defects)
{
	struct err err = {0};
	struct buf text = {0};
	struct json *json = json_new_object();
	defects_put(defects, json);
	json_write(json, &text);
	json_free(&json);
	defects->unsaved = !folder_write(defects->folder, FILE_NAME, buf_view(&text), 0600, &err);
	if (defects->unsaved)
		log_write(LOG_WARN, "link", "the count of the watch's defects is not kept: %s",
			  err.text);
	buf_end(&text);
}

static bool read_kept(struct defects *defects, const struct json *json)
{
	struct text last = json_text(json, "defect");
	int64_t count = json_int(json, "defects", -1);
	if (count < 0 || !time_read(json_text(json, "since"), &defects->since_us) ||
	    (count > 0 && (!time_read(json_text(json, "defect_at"), &defects->last_us) ||
			   last.len == 0 || last.len > DEFECT_NAME_MAX)))
		return false;
	defects->count = count;
	if (count > 0)
		buf_text(&defects->last, last);
	return true;
}

struct defects *defects_new(int folder, int64_t now_us, struct err *err)
{
	struct err damaged = {0};
	struct buf text = {0};
	bool found = false;
	struct defects *defects = mem_new(1, sizeof(*defects));
	defects->folder = folder;
	if (folder_read(folder, FILE_NAME, FILE_MAX, &text, &found, err) ||
	    err->kind == ERR_LIMIT) {
		*err = (struct err){0};
		struct json *json = found ? json_parse(buf_view(&text), &damaged) : NULL;
		if (!read_kept(defects, json)) {
			defects->since_us = now_us;
			save(defects);
		}
		json_free(&json);
	} else {
		defects_free(&defects);
	}
	buf_end(&text);
	return defects;
}

static void drop(struct defects *defects, struct suspect **at)
{
	struct suspect *suspect = *at;
	*at = suspect->next;
	defects->suspect_count--;
	mem_free(&suspect);
}

void defects_free(struct defects **defects)
{
	if (!*defects)
		return;
	while ((*defects)->suspects)
		drop(*defects, &(*defects)->suspects);
	buf_end(&(*defects)->last);
	mem_free(&(*defects)->checks);
	mem_free(defects);
}

/* -------- runs, and what the watch tells -------- */

/* Those whose time is not over. */
static void drop_waiting(struct defects *defects)
{
	for (struct suspect **at = &defects->suspects; *at;)
		if ((*at)->again)
			at = &(*at)->next;
		else
			drop(defects, at);
}

void defects_begin_scope(struct defects *defects)
{
	if (defects->room > 0)
		memset(defects->checks, 0, defects->room * sizeof(*defects->checks));
	defects->told_all = 0;
	defects->turn++;
	defects->proving = false;
	drop_waiting(defects);
}

void defects_begin_run(struct defects *defects, bool proves)
{
	defects->turn++;
	defects->proving = proves;
}

static struct known *known(struct defects *defects, uint64_t number)
{
	if (number >= DEFECT_CHECKS_MAX)
		return NULL;
	defects->checks = mem_grow(defects->checks, &defects->room, (size_t)number + 1,
				   sizeof(*defects->checks));
	return &defects->checks[number];
}

void defects_told(struct defects *defects, uint64_t number)
{
	struct known *check = known(defects, number);
	if (check)
		check->told = defects->turn;
	for (struct suspect **at = &defects->suspects; *at;)
		if ((*at)->number == number && !(*at)->again)
			drop(defects, at);
		else
			at = &(*at)->next;
}

void defects_told_all(struct defects *defects)
{
	defects->told_all = defects->turn;
	drop_waiting(defects);
}

/* -------- items -------- */

/* POLICY/REF, within DEFECT_NAME_MAX. */
static void name_check(const struct json *item, struct buf *name)
{
	struct buf whole = {0};
	buf_clear(name);
	buf_text(&whole, json_text(json_get(item, "policy"), "name"));
	buf_char(&whole, '/');
	buf_text(&whole, json_text(json_get(item, "check"), "ref"));
	struct text view = buf_view(&whole);
	view.len = text_cut(view, DEFECT_NAME_MAX);
	buf_text(name, view);
	buf_end(&whole);
}

static void suspect(struct defects *defects, uint64_t number, const struct json *item,
		    struct text before)
{
	struct text id = json_text(item, "id");
	struct suspect *made;
	if (id.len >= sizeof(made->id) || before.len >= sizeof(made->before))
		return;
	if (defects->suspect_count >= DEFECT_SUSPECTS_MAX) {
		log_write(LOG_WARN, "link",
			  "a daily run finds more than %d differences that the watch did not "
			  "tell; the rest is not followed up",
			  DEFECT_SUSPECTS_MAX);
		return;
	}
	made = mem_new(1, sizeof(*made));
	*made = (struct suspect){.next = defects->suspects, .number = number};
	memcpy(made->id, id.at, id.len);
	memcpy(made->before, before.at, before.len);
	defects->suspects = made;
	defects->suspect_count++;
}

/* The watch had its time, and everything was judged anew. */
static void settle(struct defects *defects, struct suspect **at, const struct json *item,
		   struct text now)
{
	bool gone = text_is(now, (*at)->before);
	char shown[LOG_VALUE_SIZE];
	struct buf name = {0};
	drop(defects, at);
	name_check(item, &name);
	if (gone) {
		log_write(LOG_INFO, "link",
			  "what a daily run found came and went before the watch saw it, "
			  "check=%s",
			  log_value(buf_view(&name), shown));
		buf_end(&name);
		return;
	}
	buf_end(&defects->last);
	defects->last = name;
	defects->last_us = defects->since_us;
	(void)!time_read(json_text(item, "utctimestamp"), &defects->last_us);
	defects->count++;
	defects->unsaved = true;
	log_write(LOG_ERROR, "link",
		  "the watch missed a change: a daily run found what it did not tell within %d s; "
		  "everything is watched anew, check=%s defects=%" PRId64,
		  DEFECT_GRACE_S, log_value(buf_view(&name), shown), defects->count);
}

static bool was_told(const struct defects *defects, const struct known *check)
{
	return defects->told_all >= check->from || check->told >= check->from;
}

void defects_take(struct defects *defects, uint64_t number, const struct json *item,
		  struct text before, struct text now)
{
	struct known *check = known(defects, number);
	struct suspect **at = &defects->suspects;
	while (*at && !(text_is(json_text(item, "id"), (*at)->id) && (*at)->again))
		at = &(*at)->next;
	if (*at)
		settle(defects, at, item, now);
	else if (check && defects->proving && before.at && !text_is_equal(before, now) &&
		 !was_told(defects, check))
		suspect(defects, number, item, before);
	if (check)
		check->from = defects->turn;
}

void defects_done(struct defects *defects)
{
	for (struct suspect **at = &defects->suspects; *at;)
		if ((*at)->again)
			drop(defects, at); /* its check is gone */
		else
			at = &(*at)->next;
	if (defects->unsaved)
		save(defects);
}

int64_t defects_look(struct defects *defects, int64_t now_us)
{
	int64_t left_us = INT64_MAX;
	for (struct suspect *one = defects->suspects; one; one = one->next) {
		if (one->due_us == 0)
			one->due_us = now_us + DEFECT_GRACE_S * TIME_SECOND_US;
		one->again |= one->due_us <= now_us;
		if (one->again)
			left_us = 0;
		else if (one->due_us - now_us < left_us)
			left_us = one->due_us - now_us;
	}
	return left_us;
}
