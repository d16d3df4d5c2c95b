#include "agent/link/status.h"

#include <string.h>
#include <sys/stat.h>

#include "format/json.h"
#include "os/folder.h"
#include "unit.h"

static struct json *read_back(int folder)
{
	bool found = false;
	struct err err = {0};
	scoped(buf_end) struct buf text = {0};
	assert_true(folder_read(folder, STATUS_FILE, STATUS_FILE_MAX, &text, &found, &err));
	assert_true(found && text.len >= STATUS_FILE_SIZE);
	return json_parse(buf_view(&text), &err);
}

test(every_status_has_the_same_size_and_can_be_read)
{
	struct err err = {0};
	struct link_status status = {.connection = CONNECTION_UP, .since_us = 1, .waiting = 3};
	int folder = folder_open(unit_tmpdir(), &err);
	assert_true(status_write(folder, &status, &err));
	scoped(json_free) struct json *first = read_back(folder);
	assert_true(text_is(json_text(first, "connection"), "connected"));
	memset(status.error, 'x', sizeof(status.error) - 1);
	status.waiting = UINT64_MAX / 2;
	assert_true(status_write(folder, &status, &err));
	scoped(json_free) struct json *second = read_back(folder);
	assert_int_equal(json_text(second, "error").len, sizeof(status.error) - 1);
	folder_close(&folder);
}

/* As on a full disk: another file cannot be made. */
test(goes_over_the_old_one_where_no_other_can_be_made)
{
	struct err err = {0};
	const char *path = unit_tmpdir();
	struct link_status status = {.connection = CONNECTION_UP};
	int folder = folder_open(path, &err);
	assert_true(status_write(folder, &status, &err));
	/* what is in the way of the new file */
	assert_int_equal(mkdir(unit_text("%s/" STATUS_FILE ".new", path), 0700), 0);
	status.connection = CONNECTION_DOWN;
	assert_true(status_write(folder, &status, &err));
	assert_int_equal(err.kind, ERR_NONE);
	scoped(json_free) struct json *json = read_back(folder);
	assert_true(text_is(json_text(json, "connection"), "disconnected"));
	assert_true(folder_remove(folder, STATUS_FILE, &err));
	assert_false(status_write(folder, &status, &err));
	assert_non_null(strstr(err.text, STATUS_FILE ".new")); /* why it could not be made */
	folder_close(&folder);
}
