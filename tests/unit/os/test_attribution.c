#include "os/watch/watch.h"

#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#define WAIT_MS 3000

extern char **environ;

/* A watch over an empty folder, and whom it named last. */
struct scene {
	const char *folder;
	struct loop *loop;
	struct file_root *root;
	struct watch *watch;
	uint32_t wanted;
	bool told, named, timed_out;
	struct watch_actor actor;
	char name[64], command[4200];
};

static void changed(void *data, const uint32_t *ids, size_t count)
{
	struct scene *scene = data;
	for (size_t i = 0; i < count; i++) {
		if (ids[i] != scene->wanted)
			continue;
		const struct watch_actor *actor = watch_actor(scene->watch, i);
		scene->told = true;
		scene->named = actor != NULL;
		loop_stop(scene->loop);
		if (!actor)
			continue;
		scene->actor = *actor;
		memcpy(scene->name, actor->name.at ? actor->name.at : "", actor->name.len);
		scene->name[actor->name.len] = '\0';
		memcpy(scene->command, actor->command.at ? actor->command.at : "",
		       actor->command.len);
		scene->command[actor->command.len] = '\0';
	}
}

static bool begin(struct scene *scene, bool attribute)
{
	struct err err = {0};
	scoped(buf_end) struct buf how = {0};
	*scene = (struct scene){.folder = unit_tmpdir(), .wanted = UINT32_MAX};
	scene->loop = loop_new(&err);
	scene->root = file_root_open(scene->folder, &err);
	const struct watch_config config = {.loop = scene->loop,
					    .root = scene->root,
					    .attribute = attribute,
					    .changed = changed,
					    .data = scene};
	scene->watch = watch_new(&config, &err);
	assert_non_null(scene->watch);
	watch_put_attribution(scene->watch, &how);
	buf_cstr(&how, "");
	return strcmp(how.at, "fanotify and process events") == 0;
}

static void end(struct scene *scene)
{
	watch_free(&scene->watch);
	file_root_free(&scene->root);
	loop_free(&scene->loop);
}

static uint32_t add(struct scene *scene, const char *name)
{
	bool is_new;
	return watch_add(scene->watch, text_of(name), &is_new);
}

static void late(void *data)
{
	struct scene *scene = data;
	scene->timed_out = true;
	loop_stop(scene->loop);
}

static bool is_told(struct scene *scene, uint32_t id)
{
	struct err err = {0};
	struct loop_timer *timer = loop_after(scene->loop, WAIT_MS, late, scene);
	scene->wanted = id;
	scene->told = scene->named = scene->timed_out = false;
	assert_true(loop_run(scene->loop, &err));
	if (!scene->timed_out)
		loop_cancel(&timer);
	return scene->told;
}

/* In a group of its own, with all that it starts. */
static pid_t start(const char *const *args)
{
	pid_t pid;
	posix_spawnattr_t how;
	char *copy[8] = {NULL};
	for (size_t i = 0; args[i]; i++)
		copy[i] = (char *)(uintptr_t)args[i];
	assert_int_equal(posix_spawnattr_init(&how), 0);
	assert_int_equal(posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP), 0);
	assert_int_equal(posix_spawnp(&pid, args[0], NULL, &how, copy, environ), 0);
	assert_int_equal(posix_spawnattr_destroy(&how), 0);
	return pid;
}

static void finish(pid_t pid)
{
	kill(-pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static const char *const no_root = "only root is told who changes a file, by fanotify";

test(says_which_process_wrote)
{
	struct scene scene;
	if (!begin(&scene, true)) {
		end(&scene);
		unit_skip(no_root);
	}
	const char *path = unit_text("%s/a", scene.folder);
	unit_write_file(path, "1", 1);
	uint32_t id = add(&scene, "/a");
	const char *script = unit_text("echo 2 > %s; sleep 60", path);
	pid_t pid = start((const char *[]){"sh", "-c", script, NULL});
	assert_true(is_told(&scene, id));
	finish(pid);
	assert_true(scene.named);
	assert_int_equal(scene.actor.pid, pid);
	assert_int_equal(scene.actor.user, geteuid());
	assert_string_equal(scene.name, "sh");
	assert_string_equal(scene.command, unit_text("sh -c %s", script));
	end(&scene);
}

test(says_user_and_login_user)
{
	struct scene scene;
	if (!begin(&scene, true)) {
		end(&scene);
		unit_skip(no_root);
	}
	const char *path = unit_text("%s/a", scene.folder);
	unit_write_file(path, "1", 1);
	uint32_t id = add(&scene, "/a");
	pid_t pid = start((const char *[]){
		"sh", "-c",
		"exec 3>> $0; echo 4321 > /proc/self/loginuid; "
		"exec setpriv --reuid 1234 --clear-groups sh -c \"echo 2 >&3; sleep 60\"",
		path, NULL});
	assert_true(is_told(&scene, id));
	finish(pid);
	assert_true(scene.named);
	assert_int_equal(scene.actor.user, 1234);
	/* where audit has it fixed, or is not there, nobody logged in */
	assert_true(scene.actor.login == 4321 || scene.actor.login == -1);
	end(&scene);
}

/* Missing files, folders above, links: whatever has the name changed has somebody who did it. */
test(says_who_for_every_kind_of_change)
{
	static const struct {
		const char *before, *change;
	} rows[] = {
		{"true", "echo > d/f"},
		{"echo > d/f", "rm d/f"},
		{"echo > d/f; echo > d/g", "mv d/g d/f"},
		{"echo > d/f", "chmod 600 d/f"},
		{"echo > d/f", "mv d e"},
		{"echo > d/f", "rm -r d"},
		{"echo > real; ln -s ../real d/f", "echo more >> real"},
		{"echo > real; ln -s ../real d/f", "ln -sfn ../other d/f"},
		{"echo > d/f; ln d/f other", "echo more >> other"},
		{"echo > d/f", "truncate -s 0 d/f"},
	};
	for (size_t i = 0; i < array_len(rows); i++) {
		struct scene scene;
		if (!begin(&scene, true)) {
			end(&scene);
			unit_skip(no_root);
		}
		const char *before = unit_text("cd %s; mkdir d; %s", scene.folder, rows[i].before);
		pid_t first = start((const char *[]){"sh", "-c", before, NULL});
		assert_int_equal(waitpid(first, NULL, 0), first);
		uint32_t id = add(&scene, "/d/f");
		const char *change = unit_text("cd %s; %s; sleep 60", scene.folder, rows[i].change);
		pid_t pid = start((const char *[]){"sh", "-c", change, NULL});
		assert_true(is_told(&scene, id));
		finish(pid);
		if (!scene.named)
			fail_msg("nobody is known: %s", rows[i].change);
		assert_true(scene.actor.pid >= pid); /* it, or what it started */
		end(&scene);
	}
}

test(knows_most_of_those_that_end_at_once)
{
	struct scene scene;
	int known = 0;
	if (!begin(&scene, true)) {
		end(&scene);
		unit_skip(no_root);
	}
	const char *path = unit_text("%s/a", scene.folder);
	unit_write_file(path, "1", 1);
	uint32_t id = add(&scene, "/a");
	for (int i = 0; i < 20; i++) {
		pid_t pid = start((const char *[]){"touch", path, NULL});
		assert_true(is_told(&scene, id));
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		assert_true(scene.named);
		assert_int_equal(scene.actor.pid, pid);
		known += strcmp(scene.name, "touch") == 0;
	}
	assert_true(known > 0);
	end(&scene);
}

test(tells_processes_when_one_begins)
{
	struct scene scene;
	if (!begin(&scene, true)) {
		end(&scene);
		unit_skip(no_root);
	}
	uint32_t id = add(&scene, "processes");
	pid_t pid = start((const char *[]){"sleep", "60", NULL});
	do /* others may begin on this host, too */
		assert_true(is_told(&scene, id));
	while (scene.actor.pid < pid && kill(pid, 0) == 0);
	finish(pid);
	assert_true(scene.named);
	end(&scene);
}

test(names_nobody_when_it_is_not_asked_to)
{
	struct scene scene;
	scoped(buf_end) struct buf how = {0};
	assert_false(begin(&scene, false));
	const char *path = unit_text("%s/a", scene.folder);
	unit_write_file(path, "1", 1);
	uint32_t id = add(&scene, "/a");
	unit_write_file(path, "2", 1);
	assert_true(is_told(&scene, id));
	assert_false(scene.named);
	watch_put_attribution(scene.watch, &how);
	buf_cstr(&how, "");
	assert_string_equal(how.at, "nobody: it is not asked for");
	end(&scene);
}
