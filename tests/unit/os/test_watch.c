#include "os/watch/watch.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time.h"
#include "unit.h"

#define WAIT_MS 900 /* for what must come */
#define CALM_MS 30  /* for what must not */

/* A watch over an empty folder, and what it told. */
struct scene {
	const char *folder;
	struct loop *loop;
	struct file_root *root;
	struct watch *watch;
	uint32_t wanted; /* ends the loop when it is told */
	size_t told, told_others;
	bool timed_out;
};

static void changed(void *data, const uint32_t *ids, size_t count)
{
	struct scene *scene = data;
	for (size_t i = 0; i < count; i++)
		if (ids[i] == scene->wanted) {
			scene->told++;
			loop_stop(scene->loop);
		} else {
			scene->told_others++;
		}
}

static void begin(struct scene *scene, unsigned limit)
{
	struct err err = {0};
	*scene = (struct scene){.folder = unit_tmpdir(), .wanted = UINT32_MAX};
	scene->loop = loop_new(&err);
	scene->root = file_root_open(scene->folder, &err);
	assert_non_null(scene->root);
	const struct watch_config config = {.loop = scene->loop,
					    .root = scene->root,
					    .limit = limit,
					    .changed = changed,
					    .data = scene};
	scene->watch = watch_new(&config, &err);
	assert_non_null(scene->watch);
}

static void end(struct scene *scene)
{
	watch_free(&scene->watch);
	file_root_free(&scene->root);
	loop_free(&scene->loop);
}

static const char *at(const struct scene *scene, const char *path)
{
	return unit_text("%s%s", scene->folder, path);
}

static void write_text(const struct scene *scene, const char *path, const char *text)
{
	unit_write_file(at(scene, path), text, strlen(text));
}

static uint32_t add(struct scene *scene, const char *name)
{
	bool is_new;
	uint32_t id = watch_add(scene->watch, text_of(name), &is_new);
	assert_true(is_new);
	assert_int_not_equal(id, UINT32_MAX);
	return id;
}

static void late(void *data)
{
	struct scene *scene = data;
	scene->timed_out = true;
	loop_stop(scene->loop);
}

/* Whether the name is told within ms. */
static bool is_told(struct scene *scene, uint32_t id, int ms)
{
	struct err err = {0};
	struct loop_timer *timer = loop_after(scene->loop, ms, late, scene);
	scene->wanted = id;
	scene->told = 0;
	scene->timed_out = false;
	assert_true(loop_run(scene->loop, &err));
	if (!scene->timed_out)
		loop_cancel(&timer);
	return scene->told > 0;
}

static void settle(struct scene *scene)
{
	while (is_told(scene, scene->wanted, CALM_MS))
		;
}

test(tells_a_file_that_is_renamed_over_at_once)
{
	struct scene scene;
	begin(&scene, 0);
	write_text(&scene, "/etc/a", "one");
	write_text(&scene, "/etc/b", "two");
	uint32_t id = add(&scene, "/etc/a"), other = add(&scene, "/etc/c");
	assert_false(is_told(&scene, id, CALM_MS));
	assert_int_equal(rename(at(&scene, "/etc/b"), at(&scene, "/etc/a")), 0);
	int64_t before_us = time_span_us();
	assert_true(is_told(&scene, id, WAIT_MS));
	assert_true(time_span_us() - before_us < WAIT_MS * 1000);
	assert_false(is_told(&scene, other, CALM_MS));
	end(&scene);
}

test(tells_what_is_written_chmoded_deleted_and_made_again)
{
	struct scene scene;
	begin(&scene, 0);
	write_text(&scene, "/a", "one");
	uint32_t id = add(&scene, "/a");
	write_text(&scene, "/a", "two");
	assert_true(is_told(&scene, id, WAIT_MS));
	settle(&scene);
	assert_int_equal(chmod(at(&scene, "/a"), 0600), 0);
	assert_true(is_told(&scene, id, WAIT_MS));
	settle(&scene);
	assert_int_equal(unlink(at(&scene, "/a")), 0);
	assert_true(is_told(&scene, id, WAIT_MS));
	settle(&scene);
	write_text(&scene, "/a", "three");
	assert_true(is_told(&scene, id, WAIT_MS));
	end(&scene);
}

test(tells_a_missing_file_whose_folders_come_one_by_one)
{
	struct scene scene;
	begin(&scene, 0);
	uint32_t id = add(&scene, "/a/b/c");
	assert_int_equal(mkdir(at(&scene, "/a"), 0755), 0);
	assert_true(is_told(&scene, id, WAIT_MS));
	assert_int_equal(mkdir(at(&scene, "/a/b"), 0755), 0);
	assert_true(is_told(&scene, id, WAIT_MS));
	write_text(&scene, "/a/b/c", "here");
	assert_true(is_told(&scene, id, WAIT_MS));
	end(&scene);
}

test(tells_a_folder_that_is_deleted_and_made_again)
{
	struct scene scene;
	begin(&scene, 0);
	write_text(&scene, "/a/b/c", "one");
	uint32_t id = add(&scene, "/a/b/c");
	assert_int_equal(rename(at(&scene, "/a"), at(&scene, "/z")), 0);
	assert_true(is_told(&scene, id, WAIT_MS));
	settle(&scene);
	write_text(&scene, "/a/b/c", "two");
	assert_true(is_told(&scene, id, WAIT_MS));
	settle(&scene);
	write_text(&scene, "/z/b/c", "no matter any more");
	assert_false(is_told(&scene, id, CALM_MS));
	write_text(&scene, "/a/b/c", "three");
	assert_true(is_told(&scene, id, WAIT_MS));
	end(&scene);
}

test(tells_links_their_targets_and_links_on_the_way)
{
	struct scene scene;
	begin(&scene, 0);
	write_text(&scene, "/real/x", "one");
	write_text(&scene, "/other/x", "two");
	assert_int_equal(symlink("/real", at(&scene, "/way")), 0);
	assert_int_equal(symlink("way/x", at(&scene, "/link")), 0);
	uint32_t id = add(&scene, "/link");
	write_text(&scene, "/real/x", "three"); /* the target's content */
	assert_true(is_told(&scene, id, WAIT_MS));
	settle(&scene);
	assert_int_equal(symlink("/other", at(&scene, "/fresh")), 0);
	assert_int_equal(rename(at(&scene, "/fresh"), at(&scene, "/way")),
			 0); /* a link on the way */
	assert_true(is_told(&scene, id, WAIT_MS));
	settle(&scene);
	write_text(&scene, "/real/x", "four"); /* leads there no more */
	assert_false(is_told(&scene, id, CALM_MS));
	write_text(&scene, "/other/x", "five");
	assert_true(is_told(&scene, id, WAIT_MS));
	end(&scene);
}

test(tells_what_changes_of_a_link_itself)
{
	struct scene scene;
	const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
	begin(&scene, 0);
	write_text(&scene, "/real/x", "one");
	assert_int_equal(symlink("/real", at(&scene, "/way")), 0);
	assert_int_equal(symlink("way/x", at(&scene, "/link")), 0);
	uint32_t id = add(&scene, "/link");
	assert_int_equal(utimensat(AT_FDCWD, at(&scene, "/link"), times, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(is_told(&scene, id, WAIT_MS));
	settle(&scene);
	assert_int_equal(utimensat(AT_FDCWD, at(&scene, "/real/x"), times, 0), 0);
	assert_true(is_told(&scene, id, WAIT_MS));
	settle(&scene);
	assert_int_equal(link(at(&scene, "/link"), at(&scene, "/other")), 0); /* of the link */
	assert_true(is_told(&scene, id, WAIT_MS));
	settle(&scene);
	assert_int_equal(utimensat(AT_FDCWD, at(&scene, "/other"), times, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(is_told(&scene, id, WAIT_MS));
	end(&scene);
}

test(does_not_mind_what_is_written_to_a_device_or_a_fifo)
{
	struct scene scene;
	begin(&scene, 0);
	assert_int_equal(mkfifo(at(&scene, "/fifo"), 0600), 0);
	assert_int_equal(symlink("fifo", at(&scene, "/link")), 0);
	uint32_t id = add(&scene, "/link");
	int fd = open(at(&scene, "/fifo"), O_RDWR | O_NONBLOCK);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(close(fd), 0);
	assert_false(is_told(&scene, id, CALM_MS));
	assert_int_equal(chmod(at(&scene, "/fifo"), 0644), 0);
	assert_true(is_told(&scene, id, WAIT_MS));
	end(&scene);
}

/* The limit is reached after the first name was added, by one that comes in its way. */
test(looks_at_what_can_be_watched_no_more)
{
	struct scene scene;
	struct watch_state now;
	begin(&scene, 2); /* "/" and one file */
	uint32_t id = add(&scene, "/late");
	write_text(&scene, "/a", "x");
	(void)add(&scene, "/a");
	watch_get_state(scene.watch, &now);
	assert_int_equal(now.full, 0);
	write_text(&scene, "/late", "x");
	assert_true(is_told(&scene, id, WAIT_MS));
	settle(&scene);
	watch_get_state(scene.watch, &now);
	assert_int_equal(now.full, 1);
	write_text(&scene, "/late", "yy");
	assert_true(is_told(&scene, id, WATCH_LOOK_MS + WAIT_MS));
	end(&scene);
}

test(tells_what_is_written_through_another_name_of_the_file)
{
	struct scene scene;
	begin(&scene, 0);
	write_text(&scene, "/in/a", "one");
	assert_int_equal(mkdir(at(&scene, "/out"), 0755), 0);
	uint32_t id = add(&scene, "/in/a"), tree = add(&scene, "/in/**");
	assert_int_equal(link(at(&scene, "/in/a"), at(&scene, "/out/z")), 0);
	assert_true(is_told(&scene, id, WAIT_MS));
	settle(&scene);
	write_text(&scene, "/out/z", "two");
	assert_true(is_told(&scene, id, WAIT_MS));
	settle(&scene);
	write_text(&scene, "/out/z", "three");
	assert_true(is_told(&scene, tree, WAIT_MS));
	end(&scene);
}

test(tells_what_changes_deep_in_a_tree)
{
	struct scene scene;
	begin(&scene, 0);
	assert_int_equal(mkdir(at(&scene, "/t"), 0755), 0);
	uint32_t id = add(&scene, "/t/**");
	write_text(&scene, "/t/new/deeper/file", "one");
	assert_true(is_told(&scene, id, WAIT_MS));
	settle(&scene);
	write_text(&scene, "/t/new/deeper/file", "two");
	assert_true(is_told(&scene, id, WAIT_MS));
	settle(&scene);
	write_text(&scene, "/else", "no matter");
	assert_false(is_told(&scene, id, CALM_MS));
	end(&scene);
}

test(stays_below_its_root)
{
	struct scene scene;
	begin(&scene, 0);
	const char *outside = unit_tmpdir();
	unit_write_file(unit_text("%s/x", outside), "one", 3);
	assert_int_equal(symlink(outside, at(&scene, "/out")), 0); /* absolute: below the root */
	uint32_t id = add(&scene, "/out/x"), up = add(&scene, "/../../x");
	unit_write_file(unit_text("%s/x", outside), "two", 3);
	assert_false(is_told(&scene, id, CALM_MS));
	write_text(&scene, "/x", "dots end at the root");
	assert_true(is_told(&scene, up, WAIT_MS));
	end(&scene);
}

test(names_are_one_while_they_are_there)
{
	struct scene scene;
	bool is_new;
	begin(&scene, 0);
	uint32_t id = add(&scene, "/a");
	assert_int_equal(watch_add(scene.watch, TEXT("/a"), &is_new), id);
	assert_false(is_new);
	watch_remove(scene.watch, id);
	struct watch_state now;
	watch_get_state(scene.watch, &now);
	assert_int_equal(now.names, 0);
	assert_int_equal(now.watches, 0);
	(void)add(&scene, "/a");
	end(&scene);
}

test(is_quick_and_small_with_many_names)
{
	struct scene scene;
	begin(&scene, 0);
	assert_int_equal(mkdir(at(&scene, "/d"), 0755), 0);
	static uint32_t ids[2000];
	for (unsigned i = 0; i < array_len(ids); i++)
		ids[i] = add(&scene, unit_text("/d/%u", i));
	for (unsigned i = 0; i < array_len(ids); i += 2)
		watch_remove(scene.watch, ids[i]);
	for (unsigned i = 0; i < array_len(ids); i += 2)
		assert_string_equal(watch_name(scene.watch, add(&scene, unit_text("/d/%u", i))),
				    unit_text("/d/%u", i));
	bool is_new;
	for (unsigned i = 1; i < array_len(ids); i += 2)
		assert_int_equal(watch_add(scene.watch, text_of(unit_text("/d/%u", i)), &is_new),
				 ids[i]);
	write_text(&scene, "/d/1999", "here");
	assert_true(is_told(&scene, ids[1999], WAIT_MS));
	struct watch_state now;
	watch_get_state(scene.watch, &now);
	assert_int_equal(now.names, array_len(ids));
	assert_true(now.watches < 6);
	end(&scene);
}

test(says_which_names_are_beyond_the_limit_of_watches)
{
	struct scene scene;
	struct watch_state now;
	scoped(buf_end) struct buf out = {0};
	begin(&scene, 3); /* "/" and two files */
	for (unsigned i = 0; i < 5; i++) {
		write_text(&scene, unit_text("/%u", i), "x");
		(void)add(&scene, unit_text("/%u", i));
	}
	watch_get_state(scene.watch, &now);
	assert_int_equal(now.watches, 3);
	assert_int_equal(now.full, 3);
	watch_put_blind(scene.watch, &out);
	assert_string_equal(out.at, "3 beyond the limit of watches (fs.inotify.max_user_watches): "
				    "looked at every 1 s, trees every 60 s");
	end(&scene);
}

/* The same over this host's own root. */
static void begin_host(struct scene *scene)
{
	struct err err = {0};
	begin(scene, 0);
	watch_free(&scene->watch);
	file_root_free(&scene->root);
	scene->root = file_root_open("/", &err);
	assert_non_null(scene->root);
	const struct watch_config config = {
		.loop = scene->loop, .root = scene->root, .changed = changed, .data = scene};
	scene->watch = watch_new(&config, &err);
	assert_non_null(scene->watch);
}

test(looks_at_what_the_kernel_makes_up)
{
	struct scene scene;
	struct watch_state now;
	scoped(buf_end) struct buf out = {0};
	begin_host(&scene);
	(void)add(&scene, "/proc/sys/kernel/osrelease");
	(void)add(&scene, "sysctl:kernel.osrelease");
	(void)add(&scene, "clock");
	watch_get_state(scene.watch, &now);
	assert_int_equal(now.kernel, 1);
	assert_int_equal(now.other, 1);
	watch_put_blind(scene.watch, &out);
	assert_int_equal(out.len, 0);
	end(&scene);
}

static void write_kernel(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

test(tells_a_setting_of_the_kernel_that_is_written_before_it_looks)
{
	struct scene scene;
	struct watch_state now;
	begin_host(&scene);
	uint32_t id = add(&scene, "/proc/self/comm"), read_only = add(&scene, "/proc/self/wchan");
	watch_get_state(scene.watch, &now);
	assert_int_equal(now.kernel, 2);
	assert_int_equal(now.watches, 1 + 1); /* "/", and what can be written */
	assert_false(is_told(&scene, id, CALM_MS));
	write_kernel("/proc/self/comm", "other");
	assert_true(is_told(&scene, id, WATCH_LOOK_MS / 5));
	assert_false(is_told(&scene, read_only, CALM_MS));
	watch_remove(scene.watch, id);
	watch_get_state(scene.watch, &now);
	assert_int_equal(now.watches, 1);
	end(&scene);
}

test(tells_settings_of_a_process_that_ends)
{
	struct scene scene;
	int ends[2];
	char byte;
	begin_host(&scene);
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[1]);
		_exit((int)read(ends[0], &byte, 1)); /* until the other end is closed */
	}
	close(ends[0]);
	uint32_t id = add(&scene, unit_text("/proc/%d/oom_score_adj", pid));
	write_kernel(unit_text("/proc/%d/oom_score_adj", pid), "1");
	assert_true(is_told(&scene, id, WATCH_LOOK_MS / 5));
	close(ends[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(is_told(&scene, id, WATCH_LOOK_MS + WAIT_MS));
	settle(&scene);
	struct watch_state now;
	watch_get_state(scene.watch, &now);
	assert_int_equal(now.watches, 1); /* "/": nothing hangs on what has ended */
	end(&scene);
}

test(tells_a_process_that_comes_without_process_events)
{
	struct scene scene;
	int ends[2];
	char byte;
	begin_host(&scene);
	uint32_t id = add(&scene, "processes");
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[1]);
		_exit((int)read(ends[0], &byte, 1)); /* until the other end is closed */
	}
	close(ends[0]);
	assert_true(is_told(&scene, id, WATCH_PROCESSES_MS + WAIT_MS));
	close(ends[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	end(&scene);
}

static unsigned queue_limit(void)
{
	uint64_t limit = 0;
	char text[32] = "";
	FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
	if (file && fgets(text, sizeof(text), file))
		(void)!text_to_u64(text_trim(text_of(text)), 1, 1000000, &limit);
	if (file)
		fclose(file);
	return (unsigned)limit;
}

test(looks_at_everything_again_when_the_queue_overflows)
{
	struct scene scene;
	struct watch_state now;
	unsigned limit = queue_limit();
	if (limit == 0 || limit > 40000)
		unit_skip("the kernel's queue is unknown or too long");
	begin(&scene, 0);
	write_text(&scene, "/quiet", "x");
	uint32_t quiet = add(&scene, "/quiet");
	for (unsigned i = 0; i < 2; i++) {
		write_text(&scene, unit_text("/storm%u", i), "x");
		(void)add(&scene, unit_text("/storm%u", i));
	}
	watch_pause(scene.watch);
	const char *const storms[] = {at(&scene, "/storm0"), at(&scene, "/storm1")};
	for (unsigned i = 0; i < limit + 100; i++) /* by turns: none is merged with the last */
		assert_int_equal(chmod(storms[i % 2], 0600 + i % 3), 0);
	watch_resume(scene.watch);
	assert_true(is_told(&scene, quiet, WAIT_MS));
	watch_get_state(scene.watch, &now);
	assert_int_equal(now.overflows, 1);
	write_text(&scene, "/quiet", "y"); /* and it goes on */
	settle(&scene);
	write_text(&scene, "/quiet", "z");
	assert_true(is_told(&scene, quiet, WAIT_MS));
	end(&scene);
}

struct storm {
	struct scene *scene;
	int fd;
	unsigned left;
};

static void blow(void *data)
{
	struct storm *storm = data;
	for (unsigned i = 0; i < 100 && storm->left > 0; i++, storm->left--)
		assert_int_equal(pwrite(storm->fd, storm->left % 2 ? "one" : "two", 3, 0), 3);
	if (storm->left > 0)
		loop_after(storm->scene->loop, 1, blow, storm);
	else
		loop_stop(storm->scene->loop);
}

test(tells_a_file_that_changes_all_the_time_now_and_then)
{
	struct scene scene;
	struct err err = {0};
	begin(&scene, 0);
	write_text(&scene, "/a", "zero");
	(void)add(&scene, "/a");
	struct storm storm = {&scene, open(at(&scene, "/a"), O_WRONLY), 10000};
	blow(&storm);
	int64_t before_us = time_span_us();
	assert_true(loop_run(scene.loop, &err));
	int64_t most = (time_span_us() - before_us) / (WATCH_AGAIN_MS * 1000) + 2;
	assert_true(scene.told_others >= 1);
	assert_true(scene.told_others <= (size_t)most);
	close(storm.fd);
	end(&scene);
}
