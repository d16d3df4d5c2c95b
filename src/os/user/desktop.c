#include "os/user/desktop.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define PROGRAM "xdg-open"

bool desktop_open(const char *url, struct err *err)
{
	char name[] = PROGRAM;
	char *address = mem_text(url);
	char *arguments[] = {name, address, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	pid_t pid;
	must(posix_spawn_file_actions_init(&actions) == 0 &&
	     posix_spawnattr_init(&attributes) == 0);
	must(posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID) == 0);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		must(posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0) == 0);
	errno = posix_spawnp(&pid, PROGRAM, &actions, &attributes, arguments, environ);
	if (errno != 0)
		err_errno(err, "cannot start " PROGRAM);
	bool done = errno == 0;
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	explicit_bzero(address, strlen(address));
	mem_free(&address);
	return done;
}
