#include "os/output.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

static void holds(const char *path, const char *expected)
{
	char text[64] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(read(fd, text, sizeof(text) - 1) >= 0);
	close(fd);
	assert_string_equal(text, expected);
}

test(file_keeps_what_it_holds_until_it_is_replaced)
{
	struct err err = {0};
	bool gone;
	const char *path = unit_text("%s/out", unit_tmpdir());
	unit_write_file(path, "old and long", 12);
	int fd = output_open(path, &err);
	assert_true(fd > OUTPUT_ERROR);
	holds(path, "old and long");
	assert_true(output_replace(fd, TEXT("new"), &gone, &err));
	holds(path, "new");
	assert_true(output_replace(fd, TEXT("er"), &gone, &err));
	holds(path, "newer");
	output_close(&fd);
	assert_int_equal(fd, -1);
}

test(nothing_is_a_result_too)
{
	struct err err = {0};
	bool gone;
	const char *path = unit_text("%s/out", unit_tmpdir());
	unit_write_file(path, "old", 3);
	int fd = output_open(path, &err);
	assert_true(output_replace(fd, TEXT(""), &gone, &err));
	holds(path, "");
	output_close(&fd);
}

test(failed_write_leaves_the_file)
{
	struct err err = {0};
	bool gone;
	const char *path = unit_text("%s/out", unit_tmpdir());
	unit_write_file(path, "old", 3);
	int fd = open(path, O_RDONLY | O_CLOEXEC); /* cannot be written to */
	assert_false(output_replace(fd, TEXT("new"), &gone, &err));
	assert_false(gone);
	assert_int_equal(err.kind, ERR_SYSTEM);
	holds(path, "old");
	output_close(&fd);
}

test(device_is_written_to_as_it_is)
{
	struct err err = {0};
	bool gone;
	int fd = output_open("/dev/null", &err), full = output_open("/dev/full", &err);
	assert_true(output_replace(fd, TEXT("new"), &gone, &err));
	assert_false(output_replace(full, TEXT("new"), &gone, &err));
	output_close(&fd);
	output_close(&full);
}

test(knows_when_nobody_reads)
{
	int ends[2];
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_false(output_is_gone(ends[1]));
	close(ends[0]);
	assert_true(output_is_gone(ends[1]));
	close(ends[1]);
}

test(says_which_file_cannot_be_written)
{
	struct err err = {0};
	assert_int_equal(output_open("/proc/none/out", &err), -1);
	assert_non_null(strstr(err.text, "/proc/none/out"));
}
