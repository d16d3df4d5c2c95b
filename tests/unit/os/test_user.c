#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/user/operand.h"
#include "os/user/tree.h"
#include "unit.h"

test(reads_what_was_named)
{
	struct err err = {0};
	scoped(buf_end) struct buf out = {0};
	const char *path = unit_text("%s/a", unit_tmpdir());
	unit_write_file(path, "x\0y", 3);
	assert_true(operand_read(path, 3, &out, &err));
	assert_int_equal(out.len, 3);
	assert_memory_equal(out.at, "x\0y", 3);
}

static void refuses(const char *path, size_t limit, enum err_kind kind, const char *part)
{
	struct err err = {0};
	scoped(buf_end) struct buf out = {0};
	assert_false(operand_read(path, limit, &out, &err));
	assert_int_equal(err.kind, kind);
	if (!strstr(err.text, part) || !strstr(err.text, path))
		fail_msg("%s", err.text);
}

test(says_why_it_cannot_read)
{
	const char *folder = unit_tmpdir(), *large = unit_text("%s/large", folder);
	unit_write_file(large, "1234567890", 10);
	refuses(unit_text("%s/none", folder), 10, ERR_INPUT, "there is no such file");
	refuses(unit_text("%s/below", large), 10, ERR_INPUT, "there is no such file");
	refuses(folder, 10, ERR_INPUT, "it is a folder");
	refuses("/dev/zero", 10, ERR_INPUT, "it is a device");
	refuses(large, 9, ERR_LIMIT, "more than 9 bytes");
}

test(reads_a_folder_whole)
{
	struct err err = {0};
	struct tree tree = {.count_max = 10, .bytes_max = 100};
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	const char *folder = unit_tmpdir();
	unit_write_file(unit_text("%s/b/c/d", folder), "deep", 4);
	unit_write_file(unit_text("%s/a", folder), "", 0);
	unit_write_file(unit_text("%s/.hidden", folder), "x", 1);
	assert_true(tree_read(folder, arena, &tree, &err));
	assert_int_equal(tree.count, 2);
	assert_true(text_is(tree.files[0].name, "a"));
	assert_true(text_is(tree.files[1].name, "b/c/d"));
	assert_true(text_is(tree.files[1].bytes, "deep"));
}

static void refuses_tree(const char *folder, enum err_kind kind, const char *part)
{
	struct err err = {0};
	struct tree tree = {.count_max = 3, .bytes_max = 10};
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	assert_false(tree_read(folder, arena, &tree, &err));
	assert_int_equal(err.kind, kind);
	if (!strstr(err.text, part))
		fail_msg("%s", err.text);
}

test(refuses_folders_that_are_no_dashboard)
{
	const char *many = unit_tmpdir(), *large = unit_tmpdir(), *linked = unit_tmpdir();
	const char *fifo = unit_tmpdir(), *deep = unit_tmpdir();
	for (int i = 0; i < 4; i++)
		unit_write_file(unit_text("%s/%d", many, i), "x", 1);
	unit_write_file(unit_text("%s/a", large), "1234567890A", 11);
	assert_int_equal(symlink("/etc/passwd", unit_text("%s/a", linked)), 0);
	assert_int_equal(mkfifo(unit_text("%s/a", fifo), 0600), 0);
	unit_write_file(unit_text("%s/1/2/3/4/5/6/7/8/9/10", deep), "x", 1);
	refuses_tree(many, ERR_LIMIT, "more than 3 files");
	refuses_tree(large, ERR_LIMIT, "too large together");
	refuses_tree(linked, ERR_INPUT, "a is a symbolic link");
	refuses_tree(fifo, ERR_INPUT, "neither a file nor a folder");
	refuses_tree(deep, ERR_LIMIT, "deeper than");
	refuses_tree(unit_text("%s/none", many), ERR_SYSTEM, "cannot open the folder");
}
