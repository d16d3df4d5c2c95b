#include "os/file.h"
#include "unit.h"

#include <errno.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"

#define LIMIT (1u << 20)

static struct err err;

static struct file_root *root_of(const char *folder)
{
	struct file_root *root = file_root_open(folder, &err);
	assert_non_null(root);
	return root;
}

/* A folder with root/ and, beside it, what must never be reached. */
static const char *two_folders(void)
{
	const char *top = unit_tmpdir();
	unit_write_file(unit_text("%s/secret", top), "outside", 7);
	unit_write_file(unit_text("%s/root/etc/inside", top), "inside", 6);
	return top;
}

static enum file_answer read_to(const struct file_root *root, const char *path, struct buf *out)
{
	err = (struct err){0};
	buf_clear(out);
	return file_read(root, path, LIMIT, out, &err);
}

test(reads_a_file_below_the_root)
{
	const char *top = two_folders();
	struct file_root *root = root_of(unit_text("%s/root", top));
	struct buf out = {0};
	assert_int_equal(read_to(root, "/etc/inside", &out), FILE_OK);
	assert_string_equal(out.at, "inside");
	assert_int_equal(read_to(root, "/etc/nothing", &out), FILE_MISSING);
	assert_int_equal(read_to(root, "/etc/inside/x", &out), FILE_MISSING);
	buf_end(&out);
	file_root_free(&root);
}

test(nothing_leads_out_of_the_root)
{
	const char *top = two_folders();
	struct file_root *root = root_of(unit_text("%s/root", top));
	struct buf out = {0};
	assert_int_equal(symlink(unit_text("%s/secret", top), unit_text("%s/root/absolute", top)),
			 0);
	assert_int_equal(symlink("../secret", unit_text("%s/root/up", top)), 0);
	assert_int_equal(
		symlink("../../../../../../../../secret", unit_text("%s/root/etc/up", top)), 0);
	assert_int_equal(symlink("/etc/inside", unit_text("%s/root/good", top)), 0);
	assert_int_equal(read_to(root, "/absolute", &out), FILE_MISSING);
	assert_int_equal(read_to(root, "/up", &out), FILE_MISSING);
	assert_int_equal(read_to(root, "/etc/up", &out), FILE_MISSING);
	assert_int_equal(read_to(root, "/../secret", &out), FILE_MISSING);
	assert_int_equal(read_to(root, "/etc/../../secret", &out), FILE_MISSING);
	assert_int_equal(read_to(root, "/good", &out), FILE_OK);
	assert_string_equal(out.at, "inside");
	buf_end(&out);
	file_root_free(&root);
}

test(no_magic_link_is_followed)
{
	struct file_root *root = root_of("/");
	struct file_stat stat;
	assert_int_equal(file_stat(root, "/proc/self/exe", true, &stat, &err), FILE_FAILED);
	assert_int_equal(file_stat(root, "/proc/self/exe", false, &stat, &err), FILE_OK);
	file_root_free(&root);
}

static void make_odd(const char *folder)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	assert_int_equal(mkfifo(unit_text("%s/fifo", folder), 0666), 0);
	assert_int_equal(mkdir(unit_text("%s/folder", folder), 0755), 0);
	assert_int_equal(symlink("loop2", unit_text("%s/loop1", folder)), 0);
	assert_int_equal(symlink("loop1", unit_text("%s/loop2", folder)), 0);
	assert_int_equal(symlink("nowhere", unit_text("%s/dangling", folder)), 0);
	const char *path = unit_text("%s/socket", folder);
	assert_true(strlen(path) < sizeof(address.sun_path));
	memcpy(address.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

test(refuses_what_is_no_file)
{
	static const struct {
		const char *path, *why;
	} cases[] = {
		{"/fifo", "it is a FIFO, not a file"},
		{"/folder", "it is a folder, not a file"},
		{"/socket", "it is a socket, not a file"},
		{"/loop1", "its symbolic links lead in a circle, or are too many"},
	};
	const char *folder = unit_tmpdir();
	make_odd(folder);
	struct file_root *root = root_of(folder);
	struct buf out = {0};
	for (size_t i = 0; i < array_len(cases); i++) {
		assert_int_equal(read_to(root, cases[i].path, &out), FILE_FAILED);
		assert_string_equal(err.text, cases[i].why);
	}
	assert_int_equal(read_to(root, "/dangling", &out), FILE_MISSING);
	struct file_stat stat;
	assert_int_equal(file_stat(root, "/dangling", false, &stat, &err), FILE_OK);
	assert_int_equal(stat.kind, FILE_LINK);
	buf_end(&out);
	file_root_free(&root);
}

test(a_device_is_never_opened)
{
	struct file_root *root = root_of("/dev");
	struct buf out = {0};
	assert_int_equal(read_to(root, "/null", &out), FILE_FAILED);
	assert_string_equal(err.text, "it is a character device, not a file");
	buf_end(&out);
	file_root_free(&root);
}

test(no_permission_is_said)
{
	const char *folder = unit_tmpdir();
	unit_write_file(unit_text("%s/closed", folder), "x", 1);
	assert_int_equal(chmod(unit_text("%s/closed", folder), 0), 0);
	struct file_root *root = root_of(folder);
	struct buf out = {0};
	uid_t user = geteuid();
	if (user == 0 && (chmod(folder, 0755) != 0 || seteuid(65534) != 0))
		unit_skip("cannot become another user");
	enum file_answer answer = read_to(root, "/closed", &out);
	assert_int_equal(seteuid(user), 0);
	assert_int_equal(answer, FILE_FAILED);
	assert_int_equal(err.kind, ERR_REFUSED);
	assert_string_equal(err.text, "permission denied");
	buf_end(&out);
	file_root_free(&root);
}

test(a_sparse_file_is_not_read)
{
	const char *folder = unit_tmpdir();
	int fd = open(unit_text("%s/sparse", folder), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	if (ftruncate(fd, (off_t)100 << 30) != 0)
		unit_skip("no sparse files here");
	close(fd);
	struct file_root *root = root_of(folder);
	struct buf out = {0};
	assert_int_equal(read_to(root, "/sparse", &out), FILE_FAILED);
	assert_int_equal(err.kind, ERR_LIMIT);
	assert_string_equal(err.text, "it is larger than 1 MiB");
	assert_int_equal(out.len, 0);
	buf_end(&out);
	file_root_free(&root);
}

test(bytes_come_as_they_are)
{
	const char *folder = unit_tmpdir();
	size_t len = LIMIT;
	char *bytes = mem_new(1, len);
	memset(bytes, 'a', len);
	memcpy(bytes + 1000, "\0\xff\xfe\n", 4);
	unit_write_file(unit_text("%s/x", folder), bytes, len);
	struct file_root *root = root_of(folder);
	struct buf out = {0};
	assert_int_equal(read_to(root, "/x", &out), FILE_OK);
	assert_int_equal(out.len, len);
	assert_memory_equal(out.at, bytes, len);
	unit_write_file(unit_text("%s/y", folder), bytes, len - 1);
	unit_write_file(unit_text("%s/empty", folder), "", 0);
	assert_int_equal(read_to(root, "/y", &out), FILE_OK);
	assert_int_equal(out.len, len - 1);
	assert_int_equal(read_to(root, "/empty", &out), FILE_OK);
	assert_int_equal(out.len, 0);
	buf_end(&out);
	mem_free(&bytes);
	file_root_free(&root);
}

test(files_that_say_they_are_empty_are_read)
{
	struct file_root *root = root_of("/");
	struct buf out = {0};
	assert_int_equal(read_to(root, "/proc/self/status", &out), FILE_OK);
	assert_true(out.len > 100);
	buf_end(&out);
	file_root_free(&root);
}

struct growing {
	int fd;
	const char *path;
	size_t pieces;
};

/* Makes the file longer each time a piece of it has been read. */
static bool grow(void *data, struct text piece)
{
	struct growing *growing = data;
	assert_int_equal(write(growing->fd, piece.at, piece.len), (ssize_t)piece.len);
	growing->pieces++;
	return true;
}

test(a_file_that_grows_while_it_is_read_ends_at_the_limit)
{
	const char *folder = unit_tmpdir();
	struct growing growing = {.path = unit_text("%s/log", folder)};
	unit_write_file(growing.path, "0123456789", 10);
	growing.fd = open(growing.path, O_WRONLY | O_APPEND | O_CLOEXEC);
	struct file_root *root = root_of(folder);
	assert_int_equal(file_stream(root, "/log", 1000, grow, &growing, &err), FILE_FAILED);
	assert_int_equal(err.kind, ERR_LIMIT);
	assert_non_null(strstr(err.text, "while it was read"));
	assert_true(growing.pieces <= 100);
	close(growing.fd);
	file_root_free(&root);
}

static bool vanish(void *data, struct text piece)
{
	struct growing *growing = data;
	(void)piece;
	growing->pieces++;
	unlink(growing->path);
	return true;
}

test(a_file_that_vanishes_while_it_is_read_is_read_whole)
{
	const char *folder = unit_tmpdir();
	struct growing growing = {.path = unit_text("%s/log", folder)};
	static const char bytes[10000];
	unit_write_file(growing.path, bytes, sizeof(bytes));
	struct file_root *root = root_of(folder);
	assert_int_equal(file_stream(root, "/log", LIMIT, vanish, &growing, &err), FILE_OK);
	assert_true(growing.pieces >= 2);
	struct file_stat stat;
	assert_int_equal(file_stat(root, "/log", true, &stat, &err), FILE_MISSING);
	file_root_free(&root);
}

#define LEVELS 5000

/* Makes LEVELS folders inside each other, named d, with a file in the last. */
static void make_deep(const char *folder)
{
	int at = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < LEVELS; i++) {
		assert_int_equal(mkdirat(at, "d", 0755), 0);
		int next = openat(at, "d", O_PATH | O_DIRECTORY | O_CLOEXEC);
		close(at);
		at = next;
	}
	int fd = openat(at, "end", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	assert_int_equal(write(fd, "deep", 4), 4);
	close(fd);
	close(at);
}

test(five_thousand_folders_deep_is_reached)
{
	const char *folder = unit_tmpdir();
	make_deep(folder);
	struct file_root *root = root_of(folder);
	struct buf path = {0}, out = {0};
	for (size_t i = 0; i < LEVELS; i++)
		buf_cstr(&path, "/d");
	buf_cstr(&path, "/end");
	assert_int_equal(read_to(root, path.at, &out), FILE_OK);
	assert_string_equal(out.at, "deep");
	buf_cstr(&path, "/x");
	assert_int_equal(read_to(root, path.at, &out), FILE_MISSING);
	while (path.len <= FILE_PATH_MAX)
		buf_cstr(&path, "/d");
	assert_int_equal(read_to(root, path.at, &out), FILE_FAILED);
	assert_int_equal(err.kind, ERR_LIMIT);
	buf_end(&path);
	buf_end(&out);
	file_root_free(&root);
}

static bool count_name(void *data, struct text name, enum file_kind kind)
{
	size_t *count = data;
	(void)kind;
	assert_false(text_is(name, "."));
	return ++*count < 300;
}

test(lists_a_folder)
{
	const char *folder = unit_tmpdir();
	size_t count = 0;
	for (size_t i = 0; i < 299; i++)
		unit_write_file(unit_text("%s/some-long-name-of-a-file-%zu", folder, i), "", 0);
	struct file_root *root = root_of(folder);
	assert_int_equal(file_list(root, "/", count_name, &count, &err), FILE_OK);
	assert_int_equal(count, 299);
	assert_int_equal(file_list(root, "/some-long-name-of-a-file-1", count_name, &count, &err),
			 FILE_FAILED);
	assert_string_equal(err.text, "it is not a folder");
	assert_int_equal(file_list(root, "/x", count_name, &count, &err), FILE_MISSING);
	file_root_free(&root);
}

test(tells_a_link)
{
	const char *folder = unit_tmpdir();
	assert_int_equal(symlink("/a/b", unit_text("%s/link", folder)), 0);
	struct file_root *root = root_of(folder);
	struct buf out = {0};
	assert_int_equal(file_link(root, "/link", &out, &err), FILE_OK);
	assert_string_equal(out.at, "/a/b");
	assert_int_equal(file_link(root, "/", &out, &err), FILE_FAILED);
	assert_string_equal(err.text, "it is not a symbolic link");
	buf_end(&out);
	file_root_free(&root);
}

/* The table's end is told from a short read: whatever its length, no line may be missing. */
test(reads_the_table_of_connections_whole)
{
	struct file_root *root = root_of("/");
	struct buf out = {0};
	int fds[90];
	char lines[90][16];
	for (size_t i = 0; i < array_len(fds); i++) {
		struct sockaddr_in at = {.sin_family = AF_INET,
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		socklen_t len = sizeof(at);
		fds[i] = socket(AF_INET, SOCK_STREAM, 0);
		assert_int_equal(bind(fds[i], (struct sockaddr *)&at, sizeof(at)), 0);
		assert_int_equal(listen(fds[i], 1), 0);
		assert_int_equal(getsockname(fds[i], (struct sockaddr *)&at, &len), 0);
		snprintf(lines[i], sizeof(lines[i]), "0100007F:%04X ", ntohs(at.sin_port));
		assert_int_equal(read_to(root, "/proc/net/tcp", &out), FILE_OK);
		for (size_t j = 0; j <= i; j++)
			assert_non_null(strstr(out.at, lines[j]));
		assert_true(text_ends(buf_view(&out), "\n"));
	}
	for (size_t i = 0; i < array_len(fds); i++)
		close(fds[i]);
	buf_end(&out);
	file_root_free(&root);
}

static bool tick_name(void *data, struct text name, enum file_kind kind)
{
	bool *seen = data;
	uint64_t number;
	assert_int_equal(kind, FILE_REGULAR);
	assert_true(text_to_u64((struct text){name.at + 5, name.len - 5}, 0, 2999, &number));
	assert_false(seen[number]); /* each once */
	return seen[number] = true;
}

/* Both ways of looking say the same of a path. */
static void looks_alike(const struct file_root *plain, const struct file_root *lingers,
			const char *path)
{
	for (int follow = 0; follow < 2; follow++) {
		struct file_stat one = {0}, other = {0};
		struct err why = {0}, again = {0};
		enum file_answer answer = file_stat(plain, path, follow, &one, &why);
		if (answer != file_stat(lingers, path, follow, &other, &again) ||
		    strcmp(why.text, again.text) != 0)
			fail_msg("%s: another answer when it lingers", path);
		if (one.kind != other.kind || one.mode != other.mode || one.uid != other.uid ||
		    one.inode != other.inode || one.device != other.device ||
		    one.made_up != other.made_up)
			fail_msg("%s: another look when it lingers", path);
	}
}

test(a_root_that_lingers_says_the_same)
{
	static const char *const paths[] = {
		"/etc/inside", "/etc/nothing",      "/etc/inside/x", "/etc",        "/",
		"/etc/",       "//etc//inside",     "/etc/.",        "/etc/..",     "/..",
		"/../secret",  "/etc/../../secret", "/absolute",     "/up",         "/good",
		"/down",       "/down/inside",      "/dangling",     "/dangling/x", "/round",
		"/round/x",    "/none/x",           "/none/x/y",     "/etc/inside",
	};
	const char *top = two_folders();
	const char *folder = unit_text("%s/root", top);
	assert_int_equal(symlink(unit_text("%s/secret", top), unit_text("%s/absolute", folder)), 0);
	assert_int_equal(symlink("../secret", unit_text("%s/up", folder)), 0);
	assert_int_equal(symlink("/etc/inside", unit_text("%s/good", folder)), 0);
	assert_int_equal(symlink("etc", unit_text("%s/down", folder)), 0);
	assert_int_equal(symlink("nowhere", unit_text("%s/dangling", folder)), 0);
	assert_int_equal(symlink("round", unit_text("%s/round", folder)), 0);
	struct file_root *plain = root_of(folder), *lingers = root_of(folder);
	file_root_linger(lingers);
	for (size_t i = 0; i < array_len(paths); i++)
		looks_alike(plain, lingers, paths[i]);
	file_root_free(&plain);
	file_root_free(&lingers);
}

test(a_root_that_lingers_knows_what_the_kernel_makes_up)
{
	static const char *const paths[] = {
		"/proc",    "/etc",       "/sys",           "/sys/class",       "/dev",
		"/dev/pts", "/proc/self", "/proc/self/exe", "/proc/self/exe/x", "/proc/self/fd",
		"/proc/1",  "/tmp",       "/usr",
	};
	struct file_root *plain = root_of("/"), *lingers = root_of("/");
	struct file_stat stat;
	file_root_linger(lingers);
	for (size_t i = 0; i < array_len(paths); i++)
		looks_alike(plain, lingers, paths[i]);
	assert_int_equal(file_stat(lingers, "/proc", false, &stat, &err), FILE_OK);
	assert_true(stat.made_up);
	assert_int_equal(file_stat(lingers, "/etc", false, &stat, &err), FILE_OK);
	assert_false(stat.made_up);
	file_root_free(&plain);
	file_root_free(&lingers);
}

test(a_root_that_lingers_reads_the_same)
{
	static const char *const paths[] = {
		"/proc/version",
		"/proc/sys/kernel/ostype",
		"/proc/sys/kernel/osrelease",
		"/proc/self/cmdline",
		"/proc/1/comm",
		"/proc/self/nothing",
		"/proc/self/fd",
		"/proc/self/exe",
		"/proc/filesystems",
		"/proc/4194305/stat",
		"/sys/kernel/mm",
		"/sys/kernel/fscaps",
		"/sys/nothing",
		"/proc",
		"/proc/",
		"/proc/.",
		"/proc/sys/..",
		"/etc/passwd",
		"/proc/self/root/etc/passwd",
		"/proc/self/cwd",
		"/proc/self/net/udp6x",
	};
	struct file_root *plain = root_of("/"), *lingers = root_of("/");
	struct buf one = {0}, other = {0};
	file_root_linger(lingers);
	for (size_t i = 0; i < array_len(paths); i++) {
		enum file_answer answer = read_to(plain, paths[i], &one);
		struct err why = err;
		if (read_to(lingers, paths[i], &other) != answer ||
		    !text_is_equal(buf_view(&one), buf_view(&other)) ||
		    strcmp(why.text, err.text) != 0)
			fail_msg("%s: read in another way when it lingers", paths[i]);
	}
	buf_end(&one);
	buf_end(&other);
	file_root_free(&plain);
	file_root_free(&lingers);
}

/* What is called proc below another root may hold anything. */
test(a_proc_that_is_none_is_not_trusted)
{
	const char *folder = unit_tmpdir();
	unit_write_file(unit_text("%s/proc/1/stat", folder), "text", 4);
	make_odd(unit_text("%s/proc/1", folder));
	struct file_root *root = root_of(folder);
	struct buf out = {0};
	file_root_linger(root);
	assert_int_equal(read_to(root, "/proc/1/fifo", &out), FILE_FAILED);
	assert_string_equal(err.text, "it is a FIFO, not a file");
	assert_int_equal(read_to(root, "/proc/1/stat", &out), FILE_OK);
	assert_string_equal(out.at, "text");
	assert_int_equal(read_to(root, "/proc/1/fifo", &out), FILE_FAILED);
	assert_int_equal(read_to(root, "/proc/1/folder", &out), FILE_FAILED);
	assert_int_equal(read_to(root, "/proc/1/loop1", &out), FILE_FAILED);
	buf_end(&out);
	file_root_free(&root);
}

test(a_root_that_lingers_finds_what_came_later)
{
	const char *folder = unit_tmpdir();
	struct file_root *root = root_of(folder);
	struct file_stat stat;
	file_root_linger(root);
	unit_write_file(unit_text("%s/a/x", folder), "1", 1);
	assert_int_equal(file_stat(root, "/a/x", true, &stat, &err), FILE_OK);
	assert_int_equal(file_stat(root, "/a/y", true, &stat, &err), FILE_MISSING);
	unit_write_file(unit_text("%s/a/y", folder), "22", 2);
	assert_int_equal(file_stat(root, "/a/y", true, &stat, &err), FILE_OK);
	assert_int_equal(stat.size, 2);
	/* another folder comes in its place: what the old one lacks is found in the new one */
	assert_int_equal(rename(unit_text("%s/a", folder), unit_text("%s/b", folder)), 0);
	unit_write_file(unit_text("%s/a/z", folder), "333", 3);
	assert_int_equal(file_stat(root, "/a/z", true, &stat, &err), FILE_OK);
	assert_int_equal(stat.size, 3);
	assert_int_equal(file_stat(root, "/none/x", true, &stat, &err), FILE_MISSING);
	unit_write_file(unit_text("%s/none/x", folder), "4444", 4);
	assert_int_equal(file_stat(root, "/none/x", true, &stat, &err), FILE_OK);
	assert_int_equal(stat.size, 4);
	file_root_free(&root);
}

test(a_folder_of_many_names_is_listed_whole)
{
	const char *folder = unit_tmpdir();
	struct file_root *root = root_of(folder);
	for (int i = 0; i < 3000; i++)
		unit_write_file(unit_text("%s/many/name-%04d", folder, i), "", 0);
	bool seen[3000] = {0};
	assert_int_equal(file_list(root, "/many", tick_name, seen, &err), FILE_OK);
	for (int i = 0; i < 3000; i++)
		assert_true(seen[i]);
	file_root_free(&root);
}

test(a_root_must_be_a_folder)
{
	assert_null(file_root_open("/nowhere/at/all", &err));
	assert_int_equal(err.kind, ERR_INPUT);
	assert_null(file_root_open("/etc/passwd", &err));
	assert_string_equal(err.text, "/etc/passwd: no such folder");
}
