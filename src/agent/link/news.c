#include "agent/link/news.h"

#include <inttypes.h>
#include <string.h>

#include "assess/drift/culprits.h"
#include "base/map.h"
#include "base/mem.h"
#include "format/digest.h"
#include "os/folder.h"

#define FILE_NAME "sent.json"
#define PRINT_SIZE 65

struct sent {
	char status[16], print[PRINT_SIZE]; /* of reason and evidence */
};

struct news {
	int folder;
	int64_t scope;
	/* By number, 0: nothing, 1: aged, 2: changed; what waits, and what is being judged. */
	unsigned char *waits, *runs;
	size_t waits_room, runs_room, waiting;
	bool all, all_runs; /* everything is to be judged again */
	/* Who changed what waits, and what is being judged. */
	struct culprits *waits_by, *runs_by;
	bool fresh;       /* something was sent since it was kept */
	struct map *sent; /* by item id */
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

struct news *news_new(int folder, struct err *err)
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
	return news;
}

static void forget_sent(struct news *news)
{
	size_t at = 0;
	struct text id;
	for (void *value; map_next(news->sent, &at, &id, &value);)
		mem_free(&value);
	map_free(&news->sent);
}

void news_free(struct news **news)
{
	if (!*news)
		return;
	forget_sent(*news);
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

void news_begin_scope(struct news *news, bool again, struct buf *part)
{
	clear(news);
	news->scope++;
	news->all_runs = again;
	buf_print(part, "{\"scope\":%" PRId64 "%s}", news->scope, again ? ",\"again\":true" : "");
}

static void wait_for(struct news *news, size_t number, unsigned char kind)
{
	news->waits = mem_grow(news->waits, &news->waits_room, number + 1, 1);
	news->waiting += news->waits[number] == 0;
	if (news->waits[number] < kind)
		news->waits[number] = kind;
}

void news_take(struct news *news, const struct json *changed)
{
	static const char *const lists[] = {"aged", "checks"};
	if (json_int(changed, "scope", 0) != news->scope)
		return;
	news->all |= json_truth(changed, "again", false);
	culprits_take_json(news->waits_by, json_get(changed, "by"));
	for (size_t i = 0; i < array_len(lists); i++) {
		struct text rest = json_text(changed, lists[i]), word;
		uint64_t number;
		while (text_word(&rest, &word))
			if (text_to_u64(word, 0, NEWS_CHECKS_MAX, &number))
				wait_for(news, number, (unsigned char)(i + 1));
			else
				news->all = true;
	}
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

void news_begin(struct news *news, struct buf *part)
{
	static const char *const lists[] = {"aged", "checks"};
	if (news->all) {
		news_begin_scope(news, true, part);
		return;
	}
	unsigned char *before = news->runs;
	size_t before_room = news->runs_room;
	buf_print(part, "{\"scope\":%" PRId64, news->scope);
	for (size_t i = 0; i < array_len(lists); i++) {
		buf_print(part, ",\"%s\":\"", lists[i]);
		for (size_t j = 0; j < news->waits_room; j++)
			if (news->waits[j] == i + 1)
				buf_print(part, "%zu ", j);
		buf_char(part, '"');
	}
	put_by(news, part);
	buf_char(part, '}');
	news->runs = news->waits;
	news->runs_room = news->waits_room;
	news->waits = before;
	news->waits_room = before_room;
	clear(news);
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
	news->all_runs = false;
	forget_sent(news);
	news->sent = map_new();
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
	if (news->runs_room > 0)
		memset(news->runs, 0, news->runs_room);
	if (!news->fresh)
		return true;
	struct json *json = json_new_object();
	for (void *value; map_next(news->sent, &at, &id, &value);) {
		const struct sent *sent = value;
		struct buf text = {0};
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

bool news_take_item(struct news *news, const struct json *item, bool aged, bool *is_news,
		    struct err *err)
{
	struct text id = json_text(item, "id"), status = json_text(item, "status");
	char print[PRINT_SIZE];
	put_print(item, print);
	const struct sent *before = map_get(news->sent, id);
	bool same = before && text_is(status, before->status) &&
		    (aged || strcmp(before->print, print) == 0);
	if (!same && !begin_change(news, err))
		return false;
	if (!same)
		put_sent(news, id, status, text_of(print));
	*is_news = !same;
	return true;
}
