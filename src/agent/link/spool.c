#include "agent/link/spool.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "os/folder.h"

#define PREFIX "items-"
#define NAME_SIZE 32
#define HEAD_SIZE 9 /* length, CRC-32 of kind and JSON (both big-endian), kind */
#define LIST_ARENA_MAX (4u * 1024 * 1024)

struct segment {
	uint64_t base, count, size; /* number of the first record, records, bytes */
};

struct place {                   /* before a record */
	uint64_t number, offset; /* offset in the segment that number lies in */
};

struct spool {
	int folder;
	struct segment *segments; /* the last is the one that grows; there is always one */
	size_t segment_count, segment_room;
	uint64_t size; /* bytes over all segments */
	int tail;      /* of the last segment, -1: not open */
	bool broken;   /* an append failed: the next begins a new segment */
	int reading;   /* of the segment with base reading_base, -1 */
	uint64_t reading_base;
	struct place acknowledged, sent;
	struct place window[SPOOL_WINDOW]; /* behind each batch that is on its way, oldest first */
	size_t window_count;
};

static void put_name(uint64_t base, char name[static NAME_SIZE])
{
	snprintf(name, NAME_SIZE, PREFIX "%016" PRIx64, base);
}

static struct segment *last(struct spool *spool)
{
	return &spool->segments[spool->segment_count - 1];
}

static uint64_t end_number(const struct spool *spool)
{
	const struct segment *segment = &spool->segments[spool->segment_count - 1];
	return segment->base + segment->count;
}

/* --- records --- */

static uint32_t crc_add(uint32_t crc, const char *bytes, size_t len)
{
	static const uint32_t nibbles[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
					     0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
					     0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
					     0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
	for (size_t i = 0; i < len; i++) {
		crc ^= (unsigned char)bytes[i];
		crc = crc >> 4 ^ nibbles[crc & 15];
		crc = crc >> 4 ^ nibbles[crc & 15];
	}
	return crc;
}

static uint32_t sum(char kind, struct text json)
{
	return ~crc_add(crc_add(UINT32_MAX, &kind, 1), json.at, json.len);
}

static void put_number(uint32_t number, char out[static 4])
{
	for (int i = 0; i < 4; i++)
		out[i] = (char)(unsigned char)(number >> (24 - 8 * i));
}

static uint32_t get_number(const char in[static 4])
{
	uint32_t number = 0;
	for (int i = 0; i < 4; i++)
		number = number << 8 | (unsigned char)in[i];
	return number;
}

/* Reads the record at the offset into bytes (kind, JSON); *len is 0 where no whole and good one
 * stands. */
static bool read_record(int fd, uint64_t offset, struct buf *bytes, size_t *len, struct err *err)
{
	char head[HEAD_SIZE];
	size_t got = 0;
	*len = 0;
	buf_clear(bytes);
	if (!file_read_at(fd, offset, head, sizeof(head), &got, err))
		return false;
	uint32_t json_len = get_number(head);
	if (got < sizeof(head) || json_len > SPOOL_RECORD_MAX)
		return true;
	char *json = mem_new((size_t)json_len + 1, 1);
	bool done = file_read_at(fd, offset + sizeof(head), json, json_len, &got, err);
	struct text text = {json, json_len};
	if (done && got == json_len && sum(head[8], text) == get_number(head + 4)) {
		buf_char(bytes, head[8]);
		buf_text(bytes, text);
		*len = sizeof(head) + json_len;
	}
	mem_free(&json);
	return done;
}

/* --- opening --- */

/* Counts the good records of a segment, and cuts off what stands behind them. */
static bool scan(int fd, struct segment *segment, uint64_t *lost, struct err *err)
{
	struct buf bytes = {0};
	uint64_t size = 0;
	size_t len = 0;
	bool done = file_size(fd, &size, err);
	while (done && (done = read_record(fd, segment->size, &bytes, &len, err)) && len > 0) {
		segment->size += len;
		segment->count++;
	}
	buf_end(&bytes);
	if (done && size > segment->size) {
		*lost += size - segment->size;
		done = file_cut(fd, segment->size, err);
	}
	return done;
}

static bool read_base(struct text name, uint64_t *base)
{
	unsigned char bytes[8];
	if (!text_starts(name, PREFIX))
		return false;
	name.at += sizeof(PREFIX) - 1;
	name.len -= sizeof(PREFIX) - 1;
	if (!text_to_bytes(name, bytes, sizeof(bytes)))
		return false;
	*base = 0;
	for (size_t i = 0; i < sizeof(bytes); i++)
		*base = *base << 8 | bytes[i];
	return *base > 0 && *base < UINT64_MAX / 2;
}

static bool add_segment(struct spool *spool, uint64_t base, uint64_t *lost, struct err *err)
{
	char name[NAME_SIZE];
	struct segment segment = {.base = base};
	put_name(base, name);
	int fd = folder_append(spool->folder, name, err);
	bool done = fd >= 0 && scan(fd, &segment, lost, err);
	folder_close(&fd);
	if (!done)
		return err_add(err, "%s", name);
	spool->segments = mem_grow(spool->segments, &spool->segment_room, spool->segment_count + 1,
				   sizeof(*spool->segments));
	spool->segments[spool->segment_count++] = segment;
	spool->size += segment.size;
	return true;
}

static bool find_segments(struct spool *spool, uint64_t *lost, struct err *err)
{
	struct arena *arena = arena_new(LIST_ARENA_MAX);
	struct text *names = NULL;
	size_t count = 0;
	bool done = folder_list(spool->folder, arena, &names, &count, err);
	for (size_t i = 0; done && i < count; i++) {
		uint64_t base;
		if (read_base(names[i], &base) &&
		    (spool->segment_count == 0 || base >= end_number(spool)))
			done = add_segment(spool, base, lost, err);
	}
	arena_free(&arena);
	if (done && spool->segment_count == 0)
		done = add_segment(spool, 1, lost, err) && folder_sync(spool->folder, err);
	return done;
}

struct spool *spool_open(int folder, uint64_t *lost, struct err *err)
{
	struct spool *spool = mem_new(1, sizeof(*spool));
	*spool = (struct spool){.folder = folder, .tail = -1, .reading = -1};
	*lost = 0;
	if (!find_segments(spool, lost, err)) {
		err_add(err, "spool");
		spool_free(&spool);
		return NULL;
	}
	spool->acknowledged = (struct place){.number = spool->segments[0].base};
	spool->sent = spool->acknowledged;
	return spool;
}

void spool_free(struct spool **spool)
{
	if (!*spool)
		return;
	folder_close(&(*spool)->tail);
	folder_close(&(*spool)->reading);
	mem_free(&(*spool)->segments);
	mem_free(spool);
}

/* --- in --- */

/* Begins a new segment behind the last one; an empty last one that is good goes on being used. */
static bool begin_segment(struct spool *spool, struct err *err)
{
	uint64_t lost = 0, base = end_number(spool);
	if (last(spool)->base == base) /* empty, yet an append to it failed: what is left goes */
		return true;
	if (!add_segment(spool, base, &lost, err))
		return false;
	folder_close(&spool->tail);
	return folder_sync(spool->folder, err);
}

static bool open_tail(struct spool *spool, struct err *err)
{
	char name[NAME_SIZE];
	if (spool->broken || last(spool)->size >= SPOOL_SEGMENT_SIZE) {
		if (!spool_sync(spool, err) || !begin_segment(spool, err))
			return false;
		folder_close(&spool->tail);
		spool->broken = false;
	}
	put_name(last(spool)->base, name);
	if (spool->tail >= 0)
		return true;
	spool->tail = folder_append(spool->folder, name, err);
	return spool->tail >= 0 && file_cut(spool->tail, last(spool)->size, err);
}

bool spool_put(struct spool *spool, enum spool_kind kind, struct text json, struct err *err)
{
	if (json.len > SPOOL_RECORD_MAX)
		return err_set(err, ERR_LIMIT, "an item of %zu bytes; at most %u are kept",
			       json.len, SPOOL_RECORD_MAX);
	if (spool->size >= (uint64_t)SPOOL_SIZE_MAX + SPOOL_OVER_MAX)
		return err_set(err, ERR_LIMIT, "spool: %" PRIu64 " bytes wait for the server",
			       spool->size);
	if (!open_tail(spool, err))
		return err_add(err, "spool");
	char head[HEAD_SIZE];
	put_number((uint32_t)json.len, head);
	put_number(sum((char)kind, json), head + 4);
	head[8] = (char)kind;
	struct buf record = {0};
	buf_add(&record, head, sizeof(head));
	buf_text(&record, json);
	bool done = file_grow(spool->tail, buf_view(&record), err) || err_add(err, "spool");
	spool->broken = !done;
	if (done) {
		last(spool)->size += record.len;
		last(spool)->count++;
		spool->size += record.len;
	}
	buf_end(&record);
	return done;
}

bool spool_sync(struct spool *spool, struct err *err)
{
	if (spool->tail < 0 || file_sync(spool->tail, err))
		return true;
	spool->broken = true;
	return err_add(err, "spool");
}

bool spool_is_full(const struct spool *spool)
{
	return spool->size >= SPOOL_SIZE_MAX;
}

uint64_t spool_waiting(const struct spool *spool)
{
	return end_number(spool) - spool->acknowledged.number;
}

/* --- out --- */

static const struct segment *segment_of(const struct spool *spool, uint64_t number)
{
	for (size_t i = 0; i < spool->segment_count; i++)
		if (number >= spool->segments[i].base &&
		    number < spool->segments[i].base + spool->segments[i].count)
			return &spool->segments[i];
	return NULL;
}

/* The first record at or behind the place; numbers may have gaps between segments. */
static const struct segment *settle(const struct spool *spool, struct place *place)
{
	const struct segment *segment = segment_of(spool, place->number);
	for (size_t i = 0; !segment && i < spool->segment_count; i++)
		if (spool->segments[i].base >= place->number && spool->segments[i].count > 0)
			segment = &spool->segments[i];
	if (segment && place->number <= segment->base)
		*place = (struct place){.number = segment->base};
	return segment;
}

static bool open_reading(struct spool *spool, uint64_t base, struct err *err)
{
	char name[NAME_SIZE];
	if (spool->reading >= 0 && spool->reading_base == base)
		return true;
	folder_close(&spool->reading);
	put_name(base, name);
	spool->reading = folder_open_file(spool->folder, name, err);
	spool->reading_base = base;
	return spool->reading >= 0;
}

/* Reads the record at the place into bytes and moves behind it; empty bytes at the end. A record
 * that went bad on the disk is told and passed over with its segment's rest. */
static bool next_record(struct spool *spool, struct place *place, struct buf *bytes,
			struct err *err)
{
	size_t len = 0;
	buf_clear(bytes);
	const struct segment *segment;
	while (len == 0 && (segment = settle(spool, place))) {
		if (!open_reading(spool, segment->base, err) ||
		    !read_record(spool->reading, place->offset, bytes, &len, err))
			return err_add(err, "spool");
		if (len == 0) {
			log_write(LOG_ERROR, "spool",
				  "records are broken on the disk and are gone, first=%" PRIu64
				  " count=%" PRIu64,
				  place->number, segment->base + segment->count - place->number);
			*place = (struct place){segment->base + segment->count, segment->size};
		}
	}
	if (len == 0)
		return true;
	place->number++;
	place->offset += len;
	return true;
}

/* Puts records behind each other until the batch is full or a run's end stands in it. */
static bool collect(struct spool *spool, struct place *place, struct buf *items, struct buf *end,
		    struct err *err)
{
	struct buf bytes = {0};
	bool done = true;
	for (size_t count = 0;
	     count < SPOOL_BATCH_ITEMS && items->len < SPOOL_BATCH_BYTES && end->len == 0;
	     count++) {
		done = next_record(spool, place, &bytes, err);
		if (!done || bytes.len == 0)
			break;
		struct buf *to = bytes.at[0] == SPOOL_DONE ? end : items;
		if (to == items && items->len > 0)
			buf_char(items, ',');
		buf_add(to, bytes.at + 1, bytes.len - 1);
	}
	buf_end(&bytes);
	return done;
}

bool spool_batch(struct spool *spool, struct buf *body, struct err *err)
{
	if (spool->window_count == SPOOL_WINDOW)
		return true;
	struct place place = spool->sent;
	struct buf items = {0}, end = {0};
	bool done = collect(spool, &place, &items, &end, err);
	if (done && (items.len > 0 || end.len > 0)) {
		buf_print(body, "{\"seq\":%" PRIu64 ",\"items\":[", place.number - 1);
		buf_text(body, buf_view(&items));
		buf_char(body, ']');
		if (end.len > 0) {
			buf_cstr(body, ",\"done\":");
			buf_text(body, buf_view(&end));
		}
		buf_char(body, '}');
		spool->window[spool->window_count++] = place;
		spool->sent = place;
	}
	buf_end(&items);
	buf_end(&end);
	return done;
}

/* Drops segments of which nothing is needed any more; the last one stays, so that numbers go on. */
static bool drop_segments(struct spool *spool, struct err *err)
{
	uint64_t next = end_number(spool);
	if (spool->acknowledged.number >= next && last(spool)->count > 0 &&
	    !begin_segment(spool, err))
		return false;
	size_t gone = 0;
	while (gone + 1 < spool->segment_count &&
	       spool->segments[gone].base + spool->segments[gone].count <=
		       spool->acknowledged.number) {
		char name[NAME_SIZE];
		put_name(spool->segments[gone].base, name);
		if (!folder_remove(spool->folder, name, err))
			break;
		spool->size -= spool->segments[gone].size;
		gone++;
	}
	if (gone > 0) {
		memmove(spool->segments, spool->segments + gone,
			(spool->segment_count - gone) * sizeof(*spool->segments));
		spool->segment_count -= gone;
		folder_close(&spool->reading);
	}
	return true;
}

bool spool_acknowledge(struct spool *spool, uint64_t seq, struct err *err)
{
	if (seq >= spool->sent.number)
		return err_set(err, ERR_INPUT,
			       "the server acknowledges %" PRIu64 ", which was not sent", seq);
	size_t count = 0;
	while (count < spool->window_count && spool->window[count].number <= seq + 1)
		count++;
	if (count == 0)
		return true;
	spool->acknowledged = spool->window[count - 1];
	spool->window_count -= count;
	memmove(spool->window, spool->window + count,
		spool->window_count * sizeof(spool->window[0]));
	return drop_segments(spool, err) || err_add(err, "spool");
}

void spool_rewind(struct spool *spool)
{
	spool->sent = spool->acknowledged;
	spool->window_count = 0;
}
