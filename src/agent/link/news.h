/* news.h: which checks a change concerns, until they were judged, and which items of theirs are
 * news.
 *
 * The watch tells numbers of checks; they belong to a scope, the last run of everything, and those
 * of an older one are void. An item of theirs is news when its status, reason or evidence is
 * another than when it was last sent; one that only aged, when its status is. What was sent last is
 * kept on the disk, so that an agent that was away tells what changed meanwhile and no more. What
 * is kept never claims what is not so: it goes before the first item that is news, and comes back
 * when the run is whole and on the disk; an agent that was killed in between sends everything. */
#pragma once
#include "agent/link/proof/defect.h"
#include "base/buf.h"
#include "format/json.h"

#define NEWS_CHECKS_MAX 100000 /* numbers that wait; beyond, everything is judged again */
#define NEWS_ITEMS_MAX 100000  /* items that are remembered; beyond, each is news */
#define NEWS_FILE_MAX (16u * 1024 * 1024)

struct news; /* a handle */

/* What was kept in the folder, which is lent; damaged or missing: nothing was sent yet. now_us: the
 * wall clock. */
must_use struct news *news_new(int folder, int64_t now_us, struct err *err);
void news_free(struct news **news);

/* A run of everything begins, of the documents with this digest: appends what TALK_RUN says. again:
 * its items are sent where they are news, else all of them. The first, and each again, is a new
 * scope; a later one of the same documents is within the scope that is, and proves the watch
 * (proof/defect.h). */
void news_begin_all(struct news *news, const char *digest, bool again, struct buf *part);

void news_take(struct news *news, const struct json *changed); /* TALK_CHANGED */
/* No run is under way: microseconds until one may become due by itself, at most wait_us. now_us:
 * monotonic. */
must_use int64_t news_look(struct news *news, int64_t now_us, int64_t wait_us);
must_use bool news_is_due(const struct news *news);
/* Appends what TALK_RUN says; what waited is being judged now. */
void news_begin(struct news *news, struct buf *part);
/* The run has ended. Badly: what it was to judge waits again, and all of it is news, for nobody
 * knows what was sent. Well: what was sent is kept. */
void news_failed(struct news *news);
must_use bool news_done(struct news *news, struct err *err);

struct news_item {
	uint64_t number; /* its check's */
	bool aged;       /* of its check nothing but time has passed */
	const struct json *json;
};

/* Whether the item is another than what was sent last; it counts as sent from here on. False with
 * *is_news untouched: the disk. */
must_use bool news_take_item(struct news *news, const struct news_item *item, bool *is_news,
			     struct err *err);

must_use const struct defects *news_defects(const struct news *news); /* what the daily run found */
