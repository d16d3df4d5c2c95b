#include "server/alert/flap.h"

#include <string.h>

#include "base/mem.h"

struct item {
	char *id;
	int64_t at_us[FLAP_CHANGES]; /* a ring of its last changes; the newest at `newest` */
	unsigned newest, count;
	bool flapping;
	struct item *before, *after; /* in order of the last change, oldest first */
};

struct flaps {
	struct map *items;
	struct item *oldest, *newest;
	size_t flapping;
	char *settled;
};

struct flaps *flaps_new(void)
{
	struct flaps *flaps = mem_new(1, sizeof(*flaps));
	flaps->items = map_new();
	return flaps;
}

static void leave_line(struct flaps *flaps, struct item *item)
{
	*(item->before ? &item->before->after : &flaps->oldest) = item->after;
	*(item->after ? &item->after->before : &flaps->newest) = item->before;
	item->before = item->after = NULL;
}

static void join_line(struct flaps *flaps, struct item *item)
{
	item->before = flaps->newest;
	item->after = NULL;
	*(flaps->newest ? &flaps->newest->after : &flaps->oldest) = item;
	flaps->newest = item;
}

static void forget(struct flaps *flaps, struct item *item)
{
	flaps->flapping -= item->flapping;
	leave_line(flaps, item);
	map_remove(flaps->items, text_of(item->id));
	mem_free(&item->id);
	mem_free(&item);
}

void flaps_free(struct flaps **flaps)
{
	if (!*flaps)
		return;
	while ((*flaps)->oldest)
		forget(*flaps, (*flaps)->oldest);
	map_free(&(*flaps)->items);
	mem_free(&(*flaps)->settled);
	mem_free(flaps);
}

static struct item *item_of(struct flaps *flaps, struct text id)
{
	struct item *item = map_get(flaps->items, id);
	if (item) {
		leave_line(flaps, item);
		return item;
	}
	if (map_count(flaps->items) >= FLAP_ITEMS_MAX)
		forget(flaps, flaps->oldest);
	item = mem_new(1, sizeof(*item));
	item->id = mem_copy(id.at, id.len);
	map_put(flaps->items, id, item);
	return item;
}

enum flap flaps_note(struct flaps *flaps, struct text id, int64_t at_us)
{
	struct item *item = item_of(flaps, id);
	if (item->count > 0 && at_us < item->at_us[item->newest])
		at_us = item->at_us[item->newest];
	if (item->flapping && at_us - item->at_us[item->newest] >= FLAP_QUIET_US) {
		item->flapping = false;
		item->count = 0;
		flaps->flapping--;
	}
	item->newest = (item->newest + 1) % FLAP_CHANGES;
	item->at_us[item->newest] = at_us;
	item->count += item->count < FLAP_CHANGES;
	join_line(flaps, item);
	if (item->flapping)
		return FLAP_GOES_ON;
	int64_t first_us = item->at_us[(item->newest + 1) % FLAP_CHANGES];
	if (item->count < FLAP_CHANGES || at_us - first_us > FLAP_SPAN_US)
		return FLAP_NONE;
	item->flapping = true;
	flaps->flapping++;
	return FLAP_BEGINS;
}

size_t flaps_count(const struct flaps *flaps)
{
	return flaps->flapping;
}

bool flaps_settled(struct flaps *flaps, int64_t now_us, struct text *id, int64_t *wait_us)
{
	*wait_us = FLAP_QUIET_US;
	for (struct item *item = flaps->oldest; item; item = flaps->oldest) {
		int64_t left_us = item->at_us[item->newest] + FLAP_QUIET_US - now_us;
		if (left_us > 0) {
			*wait_us = left_us < FLAP_QUIET_US ? left_us : FLAP_QUIET_US;
			return false;
		}
		bool flapped = item->flapping; /* others are of no use any more, either */
		if (flapped) {
			mem_free(&flaps->settled);
			flaps->settled = mem_text(item->id);
			*id = text_of(flaps->settled);
		}
		forget(flaps, item);
		if (flapped)
			return true;
	}
	return false;
}
