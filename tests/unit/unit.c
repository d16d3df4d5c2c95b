#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Texts and buffers handed out, kept reachable until the end. */
struct kept {
	struct kept *next;
	char bytes[];
};

static struct {
	struct CMUnitTest tests[UNIT_TESTS_MAX];
	size_t count;
	struct kept *kept;
	char folder[64]; /* all of unit_tmpdir lies below it; empty: not made yet */
	unsigned int folders;
	pid_t owner; /* removes the folder: not the children of a test */
} unit;

void unit_register(const char *name, void (*run)(void **state))
{
	if (unit.count == UNIT_TESTS_MAX) {
		fprintf(stderr, "unit: more than %d tests in a file; split it\n", UNIT_TESTS_MAX);
		exit(2);
	}
	unit.tests[unit.count++] = (struct CMUnitTest){.name = name, .test_func = run};
}

static char *keep(size_t size)
{
	struct kept *kept = calloc(1, sizeof(*kept) + size);
	assert_non_null(kept);
	kept->next = unit.kept;
	unit.kept = kept;
	return kept->bytes;
}

static void remove_folder(void)
{
	if (getpid() != unit.owner)
		return;
	pid_t pid = fork();
	if (pid == 0) {
		execlp("rm", "rm", "-rf", "--", unit.folder, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

const char *unit_tmpdir(void)
{
	if (unit.folder[0] == '\0') {
		const char *above = getenv("TMPDIR");
		if (above == NULL || strlen(above) > sizeof(unit.folder) - sizeof("/unit.XXXXXX"))
			above = "/tmp";
		snprintf(unit.folder, sizeof(unit.folder), "%s/unit.XXXXXX", above);
		assert_non_null(mkdtemp(unit.folder));
		unit.owner = getpid();
		atexit(remove_folder);
	}
	const char *path = unit_text("%s/%u", unit.folder, ++unit.folders);
	assert_return_code(mkdir(path, 0755), errno);
	return path;
}

const char *unit_text(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	int len = vsnprintf(NULL, 0, format, list);
	va_end(list);
	assert_true(len >= 0);
	char *text = keep((size_t)len + 1);
	va_start(list, format);
	vsnprintf(text, (size_t)len + 1, format, list);
	va_end(list);
	return text;
}

static void make_folders_above(const char *path)
{
	char above[PATH_MAX];

	assert_true(strlen(path) < sizeof(above));
	for (size_t at = 0; path[at] != '\0'; at++) {
		above[at] = path[at];
		if (path[at] != '/' || at == 0)
			continue;
		above[at] = '\0';
		if (mkdir(above, 0755) != 0)
			assert_int_equal(errno, EEXIST);
		above[at] = '/';
	}
}

void unit_write_file(const char *path, const void *bytes, size_t len)
{
	make_folders_above(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_return_code(fd, errno);
	for (size_t done = 0; done < len;) {
		ssize_t written = write(fd, (const char *)bytes + done, len - done);
		assert_return_code(written, errno);
		done += (size_t)written;
	}
	assert_return_code(close(fd), errno);
}

char *unit_read_file(const char *path, size_t *len)
{
	struct stat status;

	int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_return_code(fd, errno);
	assert_return_code(fstat(fd, &status), errno);
	assert_in_range(status.st_size, 0, UNIT_FILE_MAX);
	size_t size = (size_t)status.st_size;
	char *bytes = keep(size + 1);
	for (size_t done = 0; done < size;) {
		ssize_t count = read(fd, bytes + done, size - done);
		assert_true(count > 0);
		done += (size_t)count;
	}
	assert_return_code(close(fd), errno);
	if (len != NULL)
		*len = size;
	return bytes;
}

const char *unit_source(const char *path)
{
	return unit_text("%s/%s", SOURCE_ROOT, path);
}

const char *unit_data(const char *path)
{
	const char *folder = getenv("MUSTER_DATA");
	const char *found = unit_text(
		"%s/%s", folder != NULL ? folder : SOURCE_ROOT "/../shared/data", path);

	if (access(found, F_OK) == 0)
		return found;
	print_message("# skip: no shared test data, set MUSTER_DATA to where it is\n");
	return NULL;
}

bool unit_aborts(void (*run)(void *arg), void *arg)
{
	int status;

	fflush(NULL);
	pid_t pid = fork();
	assert_return_code(pid, errno);
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
		dup2(null, STDERR_FILENO); /* what must() says is expected */
		setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
		run(arg);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void free_kept(void)
{
	while (unit.kept != NULL) {
		struct kept *next = unit.kept->next;
		free(unit.kept);
		unit.kept = next;
	}
}

int main(int count, char **arguments)
{
	const char *slash = strrchr(arguments[0], '/');

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (count > 1)
		cmocka_set_test_filter(arguments[1]);
	int failed = _cmocka_run_group_tests(slash != NULL ? slash + 1 : arguments[0], unit.tests,
					     unit.count, NULL, NULL);
	free_kept();
	return failed == 0 ? 0 : 1;
}
