#include "os/folder.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static bool holds(const struct place *place, const char *name, const char *text)
{
	bool found = false;
	struct err err = {0};
	scoped(buf_end) struct buf got = {0};
	return folder_read(place->folder, name, 100, &got, &found, &err) && found &&
	       text_is(buf_view(&got), text);
}

test(writes_over_a_file_of_the_same_size_in_place)
{
	struct err err = {0};
	struct stat before, after;
	struct place place = make_place();
	const char *path = unit_text("%s/card", place.path);
	assert_true(folder_write(place.folder, "card", TEXT("first"), 0640, &err));
	assert_int_equal(stat(path, &before), 0);
	assert_true(folder_overwrite(place.folder, "card", TEXT("other"), &err));
	assert_true(holds(&place, "card", "other"));
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_int_equal(after.st_mode & 07777, 0640);
	folder_close(&place.folder);
}

test(writes_over_nothing_else)
{
	struct err err = {0};
	struct place place = make_place();
	assert_true(folder_write(place.folder, "card", TEXT("first"), 0600, &err));
	assert_false(folder_overwrite(place.folder, "card", TEXT("longer"), &err));
	assert_int_equal(err.kind, ERR_INPUT);
	err = (struct err){0};
	assert_false(folder_overwrite(place.folder, "card", TEXT("less"), &err));
	assert_int_equal(err.kind, ERR_INPUT);
	assert_true(holds(&place, "card", "first"));
	err = (struct err){0};
	assert_false(folder_overwrite(place.folder, "none", TEXT(""), &err));
	assert_int_equal(access(unit_text("%s/none", place.path), F_OK), -1);
	assert_int_equal(symlink("card", unit_text("%s/link", place.path)), 0);
	err = (struct err){0};
	assert_false(folder_overwrite(place.folder, "link", TEXT("other"), &err));
	assert_true(holds(&place, "card", "first"));
	folder_close(&place.folder);
}
