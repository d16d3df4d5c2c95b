#include "agent/link/news.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "assess/drift/culprits.h"
#include "base/map.h"
#include "base/mem.h"
#include "format/digest.h"
#include "os/folder.h"

#define FILE_NAME "sent.json"
#define PRINT_SIZE 65
#define NEWS_DIGEST_SIZE 65

struct sent {
	char status[16], print[PRINT_SIZE]; /* of reason and evidence */
	bool unsure;                        /* whether it was sent; what was found it is */
};

struct news {
	int folder;
	int64_t scope;
	/* By number, 0: nothing, else as in told_lists; what waits, and what is being judged. */
	unsigned char *waits, *runs;
	size_t waits_room, runs_room, waiting;
	bool all, all_runs; /* everything is to be judged again */
	bool begins, whole; /* the scope's first run is under way; was whole */
	/* Who changed what waits, and what is being judged. */
	struct culprits *waits_by, *runs_by;
	bool fresh;                    /* something was sent since it was kept */
	struct map *sent;              /* by item id */
	char digest[NEWS_DIGEST_SIZE]; /* of the scope's documents */
	struct defects *defects;
};

static void put_sent(struct news *news, struct text id, struct text status, struct text print)
{
	struct sent *sent = map_get(news->sent, id);
	if (!sent && map_count(news->sent) < NEWS_ITEMS_MAX) {
		sent = mem_new(1, sizeof(*sent));
		map_put(news->sent, id, sent);
	}
	if (!sent || status.len >= sizeof(sent->status) || print.len >= sizeof(sent->print))
		return;
	*sent = (struct sent){0};
	memcpy(sent->status, status.at, status.len);
	memcpy(sent->print, print.at, print.len);
}

/* {"ID":"STATUS PRINT",…} */
static void read_sent(struct news *news, const struct json *json)
{
	void *state = NULL;
	struct text id;
	const struct json *value;
	while (json_next(json, &state, &id, &value)) {
		struct text rest = json_as_text(value), status, print;
		if (rest.at && text_word(&rest, &status) && text_word(&rest, &print))
			put_sent(news, id, status, print);
	}
}

struct news *news_new(int folder, int64_t now_us, struct err *err)
{
	struct err damaged = {0};
	struct buf text = {0};
	bool found = false;
	struct news *news = mem_new(1, sizeof(*news));
	news->folder = folder;
	news->sent = map_new();
	news->waits_by = culprits_new();
	news->runs_by = culprits_new();
	if (folder_read(folder, FILE_NAME, NEWS_FILE_MAX, &text, &found, err)) {
		struct json *json = found ? json_parse(buf_view(&text), &damaged) : NULL;
		if (json_kind(json) == JSON_OBJECT)
			read_sent(news, json);
		json_free(&json);
	} else if (err->kind == ERR_LIMIT) {
		*err = (struct err){0};
	} else {
		news_free(&news);
	}
	buf_end(&text);
	if (news)
		news->defects = defects_new(folder, now_us, err);
	if (news && !news->defects)
		news_free(&news);
	return news;
}

void news_free(struct news **news)
{
	if (!*news)
		return;
	size_t at = 0;
	struct text id;
	for (void *value; map_next((*news)->sent, &at, &id, &value);)
		mem_free(&value);
	map_free(&(*news)->sent);
	defects_free(&(*news)->defects);
	mem_free(&(*news)->waits);
	mem_free(&(*news)->runs);
	culprits_free(&(*news)->waits_by);
	culprits_free(&(*news)->runs_by);
	mem_free(news);
}

static void clear(struct news *news)
{
	if (news->waits_room > 0)
		memset(news->waits, 0, news->waits_room);
	news->waiting = 0;
	news->all = false;
	culprits_clear(news->waits_by);
}

static void begin_scope(struct news *news, bool again, struct buf *part)
{
	clear(news);
	news->scope++;
	news->all_runs = again;
	news->begins = true;
	news->whole = false;
	defects_begin_scope(news->defects);
	buf_print(part, "{\"scope\":%" PRId64 "%s}", news->scope, again ? ",\"again\":true" : "");
}

/* What waits is being judged now. */
static void run_waiting(struct news *news)
{
	unsigned char *before = news->runs;
	size_t before_room = news->runs_room;
	news->runs = news->waits;
	news->runs_room = news->waits_room;
	news->waits = before;
	news->waits_room = before_room;
	clear(news);
}

/* What the watch tells: lists of numbers, the later the more. A check that turned out to depend on
 * what was not watched before is judged again for that, not for a change. */
static const struct {
	const char *name;
	bool excuses; /* tells what a daily run may find */
} told_lists[] = {{"aged", true}, {"fresh", false}, {"checks", true}};

static void wait_for(struct news *news, size_t number, unsigned char kind)
{
	news->waits = mem_grow(news->waits, &news->waits_room, number + 1, 1);
	news->waiting += news->waits[number] == 0;
	if (news->waits[number] < kind)
		news->waits[number] = kind;
}

void news_take(struct news *news, const struct json *changed)
{
	if (json_int(changed, "scope", 0) != news->scope)
		return;
	news->all |= json_truth(changed, "again", false);
	culprits_take_json(news->waits_by, json_get(changed, "by"));
	for (size_t i = 0; i < array_len(told_lists); i++) {
		struct text rest = json_text(changed, told_lists[i].name), word;
		uint64_t number;
		while (text_word(&rest, &word))
			if (!text_to_u64(word, 0, NEWS_CHECKS_MAX, &number)) {
				news->all = true;
			} else {
				wait_for(news, number, (unsigned char)(i + 1));
				if (told_lists[i].excuses)
					defects_told(news->defects, number);
			}
	}
	if (news->all)
		defects_told_all(news->defects);
}

int64_t news_look(struct news *news, int64_t now_us, int64_t wait_us)
{
	int64_t left_us = defects_look(news->defects, now_us);
	news->all |= left_us == 0;
	return left_us > 0 && left_us < wait_us ? left_us : wait_us;
}

bool news_is_due(const struct news *news)
{
	return news->all || news->waiting > 0;
}

static void put_by(struct news *news, struct buf *part)
{
	struct culprits *before = news->runs_by;
	struct json *by = culprits_to_json(news->waits_by);
	if (by) {
		buf_cstr(part, ",\"by\":");
		json_write(by, part);
		json_free(&by);
	}
	news->runs_by = news->waits_by;
	news->waits_by = before;
}

void news_begin_all(struct news *news, const char *digest, bool again, struct buf *part)
{
	bool same = strncmp(news->digest, digest, sizeof(news->digest)) == 0;
	if (again || !same || !news->whole || news->all) {
		memset(news->digest, 0, sizeof(news->digest));
		memcpy(news->digest, digest, strnlen(digest, sizeof(news->digest) - 1));
		begin_scope(news, again, part);
		return;
	}
	buf_print(part, "{\"scope\":%" PRId64 ",\"proof\":true", news->scope);
	put_by(news, part);
	buf_char(part, '}');
	run_waiting(news);
	defects_begin_run(news->defects, true);
}

void news_begin(struct news *news, struct buf *part)
{
	static const char *const lists[] = {"aged", "checks"};
	if (news->all) {
		begin_scope(news, true, part);
		return;
	}
	buf_print(part, "{\"scope\":%" PRId64, news->scope);
	for (size_t i = 0; i < array_len(lists); i++) {
		buf_print(part, ",\"%s\":\"", lists[i]);
		for (size_t j = 0; j < news->waits_room; j++)
			if (news->waits[j] > 0 && (news->waits[j] > 1) == (i > 0))
				buf_print(part, "%zu ", j);
		buf_char(part, '"');
	}
	put_by(news, part);
	buf_char(part, '}');
	run_waiting(news);
	defects_begin_run(news->defects, false);
}

/* What has waited meanwhile is newer. */
static void wait_for_by(struct news *news)
{
	struct culprits *older = news->runs_by;
	scoped(json_free) struct json *newer = culprits_to_json(news->waits_by);
	culprits_take_json(older, newer);
	news->runs_by = news->waits_by;
	news->waits_by = older;
}

void news_failed(struct news *news)
{
	news->all |= news->all_runs;
	news->all_runs = news->begins = false;
	size_t at = 0;
	struct text id;
	for (void *value; map_next(news->sent, &at, &id, &value);)
		((struct sent *)value)->unsure = true;
	for (size_t i = 0; i < news->runs_room; i++)
		if (news->runs[i])
			wait_for(news, i, news->runs[i]);
	wait_for_by(news);
}

bool news_done(struct news *news, struct err *err)
{
	size_t at = 0;
	struct text id;
	news->all_runs = false;
	news->whole |= news->begins;
	news->begins = false;
	defects_done(news->defects);
	if (news->runs_room > 0)
		memset(news->runs, 0, news->runs_room);
	if (!news->fresh)
		return true;
	struct json *json = json_new_object();
	for (void *value; map_next(news->sent, &at, &id, &value);) {
		const struct sent *sent = value;
		struct buf text = {0};
		if (sent->unsure)
			continue;
		scoped(mem_free) char *key = mem_copy(id.at, id.len);
		buf_print(&text, "%s %s", sent->status, sent->print);
		json_put_text(json, key, buf_view(&text));
		buf_end(&text);
	}
	struct buf text = {0};
	json_write(json, &text);
	json_free(&json);
	bool done = folder_write(news->folder, FILE_NAME, buf_view(&text), 0600, err);
	news->fresh = !done;
	buf_end(&text);
	return done;
}

/* What is kept is void from here on. */
static bool begin_change(struct news *news, struct err *err)
{
	if (news->fresh)
		return true;
	news->fresh = folder_remove(news->folder, FILE_NAME, err) && folder_sync(news->folder, err);
	return news->fresh;
}

static void put_print(const struct json *item, char print[static PRINT_SIZE])
{
	static const char *const parts[] = {"reason", "evidence", "check"};
	struct buf text = {0};
	for (size_t i = 0; i < array_len(parts); i++)
		if (json_get(item, parts[i]))
			json_write(json_get(item, parts[i]), &text);
	digest_hex(buf_view(&text), print);
	buf_end(&text);
}

static struct text put_said(char said[static DEFECT_PRINT_SIZE], const char *status,
			    const char *print)
{
	snprintf(said, DEFECT_PRINT_SIZE, "%s %s", status, print);
	return text_of(said);
}

/* What it says is kept from here on, unless it only aged. */
static void keep(struct news *news, const struct news_item *item, const char *print,
		 const struct sent *sent)
{
	char said_before[DEFECT_PRINT_SIZE], said_now[DEFECT_PRINT_SIZE];
	struct sent now = {0};
	struct text status = json_text(item->json, "status"), before = {0};
	if (sent)
		before = put_said(said_before, sent->status, sent->print);
	if (status.len < sizeof(now.status))
		memcpy(now.status, status.at, status.len);
	defects_take(news->defects, item->number, item->json, before,
		     put_said(said_now, now.status, print));
}

bool news_take_item(struct news *news, const struct news_item *item, bool *is_news, struct err *err)
{
	struct text id = json_text(item->json, "id"), status = json_text(item->json, "status");
	char print[PRINT_SIZE];
	put_print(item->json, print);
	const struct sent *before = map_get(news->sent, id);
	bool alike = before && !before->unsure && text_is(status, before->status);
	bool same = alike && strcmp(before->print, print) == 0;
	bool tells = !same && !(alike && item->aged);
	if (tells && !begin_change(news, err))
		return false;
	if (same || tells)
		keep(news, item, print, before);
	if (tells)
		put_sent(news, id, status, text_of(print));
	*is_news = tells;
	return true;
}

const struct defects *news_defects(const struct news *news)
{
	return news->defects;
}
