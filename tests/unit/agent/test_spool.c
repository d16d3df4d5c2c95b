#include "agent/link/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "format/json.h"
#include "os/folder.h"
#include "unit.h"

struct place {
	const char *path;
	int folder;
};

static struct place make_place(void)
{
	struct err err = {0};
	struct place place = {.path = unit_tmpdir()};
	place.folder = folder_open(place.path, &err);
	assert_true(place.folder >= 0);
	return place;
}

static struct spool *open_spool(const struct place *place, uint64_t *lost)
{
	struct err err = {0};
	struct spool *spool = spool_open(place->folder, lost, &err);
	if (!spool)
		fail_msg("%s", err.text);
	return spool;
}

static void put(struct spool *spool, unsigned from, unsigned count)
{
	struct err err = {0};
	for (unsigned i = from; i < from + count; i++)
		if (!spool_put(spool, SPOOL_ITEM, text_of(unit_text("{\"n\":%u}", i)), &err))
			fail_msg("%s", err.text);
}

/* Reads the next batch: how many items it has; their numbers must go on from *next. */
static size_t batch(struct spool *spool, unsigned *next, int64_t *seq, bool *done)
{
	struct err err = {0};
	struct buf body = {0};
	assert_true(spool_batch(spool, &body, &err));
	if (body.len == 0)
		return 0;
	struct json *json = json_parse(buf_view(&body), &err);
	assert_non_null(json);
	const struct json *items = json_get(json, "items");
	size_t count = json_count(items);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(json_int(json_at(items, i), "n", -1), (*next)++);
	*seq = json_int(json, "seq", -1);
	*done = json_get(json, "done") != NULL;
	json_free(&json);
	buf_end(&body);
	return count;
}

/* The path of the first segment that is there. */
static const char *first_segment(const struct place *place)
{
	struct err err = {0};
	struct arena *arena = arena_new(1 << 20);
	struct text *names = NULL;
	size_t count = 0;
	assert_true(folder_list(place->folder, arena, &names, &count, &err));
	assert_true(count > 0);
	const char *path = unit_text("%s/%s", place->path, names[0].at);
	arena_free(&arena);
	return path;
}

static off_t size_of(const char *path)
{
	struct stat stat_;
	assert_int_equal(stat(path, &stat_), 0);
	return stat_.st_size;
}

test(what_is_put_comes_out_in_order_until_acknowledged)
{
	struct place place = make_place();
	struct err err = {0};
	uint64_t lost;
	int64_t seq = 0;
	unsigned next = 0;
	bool done = false;
	struct spool *spool = open_spool(&place, &lost);
	put(spool, 0, 3);
	assert_int_equal(batch(spool, &next, &seq, &done), 3);
	assert_int_equal(seq, 3);
	assert_false(done);
	put(spool, 3, 2);
	assert_true(spool_put(spool, SPOOL_DONE, TEXT("{\"action\":\"\"}"), &err));
	assert_int_equal(spool_waiting(spool), 6);
	assert_int_equal(batch(spool, &next, &seq, &done), 2);
	assert_true(done);
	assert_int_equal(seq, 6);
	assert_int_equal(batch(spool, &next, &seq, &done), 0);
	assert_true(spool_acknowledge(spool, 3, &err));
	assert_int_equal(spool_waiting(spool), 3);
	assert_true(spool_acknowledge(spool, 6, &err));
	assert_int_equal(spool_waiting(spool), 0);
	spool_free(&spool);
	folder_close(&place.folder);
}

test(a_new_connection_gets_what_was_not_acknowledged)
{
	struct place place = make_place();
	struct err err = {0};
	uint64_t lost;
	int64_t seq = 0;
	unsigned next = 0;
	bool done;
	struct spool *spool = open_spool(&place, &lost);
	put(spool, 0, SPOOL_BATCH_ITEMS * 2);
	assert_int_equal(batch(spool, &next, &seq, &done), SPOOL_BATCH_ITEMS);
	assert_int_equal(batch(spool, &next, &seq, &done), SPOOL_BATCH_ITEMS);
	assert_true(spool_acknowledge(spool, SPOOL_BATCH_ITEMS, &err));
	spool_rewind(spool);
	next = SPOOL_BATCH_ITEMS;
	assert_int_equal(batch(spool, &next, &seq, &done), SPOOL_BATCH_ITEMS);
	spool_free(&spool);
	folder_close(&place.folder);
}

test(a_restart_keeps_items_and_goes_on_counting)
{
	struct place place = make_place();
	struct err err = {0};
	uint64_t lost;
	int64_t seq = 0;
	unsigned next = 0;
	bool done;
	struct spool *spool = open_spool(&place, &lost);
	put(spool, 0, 5);
	spool_free(&spool); /* as after kill -9: nothing is done at the end */
	spool = open_spool(&place, &lost);
	assert_int_equal(lost, 0);
	assert_int_equal(batch(spool, &next, &seq, &done), 5);
	assert_true(spool_acknowledge(spool, 5, &err));
	spool_free(&spool);
	spool = open_spool(&place, &lost);
	put(spool, 5, 1);
	assert_int_equal(batch(spool, &next, &seq, &done), 1);
	assert_int_equal(seq, 6);
	spool_free(&spool);
	folder_close(&place.folder);
}

test(a_record_that_was_cut_off_anywhere_goes_and_the_others_stay)
{
	struct place place = make_place();
	uint64_t lost;
	int64_t seq = 0;
	bool done;
	struct spool *spool = open_spool(&place, &lost);
	put(spool, 0, 3);
	spool_free(&spool);
	const char *path = first_segment(&place);
	size_t len = 0;
	char *bytes = unit_read_file(path, &len);
	size_t record = len / 3;
	for (size_t cut = 1; cut < record; cut++) {
		unsigned next = 0;
		unit_write_file(path, bytes, len - cut);
		spool = open_spool(&place, &lost);
		assert_int_equal(lost, record - cut);
		assert_int_equal(batch(spool, &next, &seq, &done), 2);
		put(spool, 2, 1); /* and it can be used */
		assert_int_equal(batch(spool, &next, &seq, &done), 1);
		spool_free(&spool);
	}
	folder_close(&place.folder);
}

test(a_changed_byte_is_noticed)
{
	struct place place = make_place();
	uint64_t lost;
	int64_t seq = 0;
	bool done;
	struct spool *spool = open_spool(&place, &lost);
	put(spool, 0, 3);
	spool_free(&spool);
	const char *path = first_segment(&place);
	size_t len = 0;
	char *bytes = unit_read_file(path, &len);
	for (size_t at = len / 3; at < 2 * (len / 3); at++) {
		unsigned next = 0;
		bytes[at] ^= 0x10;
		unit_write_file(path, bytes, len);
		bytes[at] ^= 0x10;
		spool = open_spool(&place, &lost);
		if (lost == 0)
			fail_msg("byte %zu was changed and is taken", at);
		assert_int_equal(batch(spool, &next, &seq, &done), 1);
		spool_free(&spool);
	}
	folder_close(&place.folder);
}

test(segments_are_dropped_as_they_are_acknowledged)
{
	struct place place = make_place();
	struct err err = {0};
	uint64_t lost;
	int64_t seq = 0;
	unsigned next = 0;
	bool done;
	struct spool *spool = open_spool(&place, &lost);
	char *large = mem_new(1, 100001);
	memset(large, ' ', 100000);
	for (unsigned i = 0; i < 100; i++) { /* 10 MB: three segments */
		int len = snprintf(large, 32, "{\"n\":%u}", i);
		large[len] = ' ';
		assert_true(spool_put(spool, SPOOL_ITEM, (struct text){large, 100000}, &err));
	}
	mem_free(&large);
	const char *first = first_segment(&place);
	for (size_t count = 0; count < 100;) {
		count += batch(spool, &next, &seq, &done);
		assert_true(spool_acknowledge(spool, (uint64_t)seq, &err));
	}
	assert_int_equal(spool_waiting(spool), 0);
	assert_int_not_equal(access(first, F_OK), 0);
	assert_int_equal(size_of(first_segment(&place)), 0);
	spool_free(&spool);
	folder_close(&place.folder);
}

test(no_more_than_the_window_is_on_its_way)
{
	struct place place = make_place();
	struct err err = {0};
	uint64_t lost;
	int64_t seq = 0;
	unsigned next = 0;
	bool done;
	struct spool *spool = open_spool(&place, &lost);
	put(spool, 0, SPOOL_BATCH_ITEMS * (SPOOL_WINDOW + 1));
	for (int i = 0; i < SPOOL_WINDOW; i++)
		assert_int_equal(batch(spool, &next, &seq, &done), SPOOL_BATCH_ITEMS);
	assert_int_equal(batch(spool, &next, &seq, &done), 0);
	assert_true(spool_acknowledge(spool, SPOOL_BATCH_ITEMS, &err));
	assert_int_equal(batch(spool, &next, &seq, &done), SPOOL_BATCH_ITEMS);
	spool_free(&spool);
	folder_close(&place.folder);
}

test(an_acknowledgement_of_what_was_not_sent_is_refused)
{
	struct place place = make_place();
	struct err err = {0};
	uint64_t lost;
	struct spool *spool = open_spool(&place, &lost);
	put(spool, 0, 2);
	assert_false(spool_acknowledge(spool, 2, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	assert_int_equal(spool_waiting(spool), 2);
	spool_free(&spool);
	folder_close(&place.folder);
}

test(a_full_disk_loses_nothing_that_was_kept)
{
	struct place place = make_place();
	struct err err = {0};
	uint64_t lost;
	int64_t seq = 0;
	unsigned next = 0, kept = 0;
	bool done;
	struct rlimit before, small;
	struct spool *spool = open_spool(&place, &lost);
	put(spool, 0, 2);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 200; /* bytes a file may have: the disk is full */
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (kept = 2; kept < 100; kept++)
		if (!spool_put(spool, SPOOL_ITEM, text_of(unit_text("{\"n\":%u}", kept)), &err))
			break;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_true(kept < 100);
	assert_int_equal(err.kind, ERR_SYSTEM);
	put(spool, kept, 5); /* there is room again */
	assert_int_equal(batch(spool, &next, &seq, &done), kept + 5);
	spool_free(&spool);
	spool = open_spool(&place, &lost);
	assert_int_equal(lost, 0);
	next = 0;
	size_t count = 0, more;
	while ((more = batch(spool, &next, &seq, &done)) > 0)
		count += more;
	assert_int_equal(count, kept + 5);
	spool_free(&spool);
	folder_close(&place.folder);
}

test(what_is_too_long_for_a_record_is_refused)
{
	struct place place = make_place();
	struct err err = {0};
	uint64_t lost;
	struct spool *spool = open_spool(&place, &lost);
	char *large = mem_new(1, SPOOL_RECORD_MAX + 1);
	memset(large, 'x', SPOOL_RECORD_MAX + 1);
	assert_false(
		spool_put(spool, SPOOL_ITEM, (struct text){large, SPOOL_RECORD_MAX + 1}, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
	assert_int_equal(spool_waiting(spool), 0);
	mem_free(&large);
	spool_free(&spool);
	folder_close(&place.folder);
}
