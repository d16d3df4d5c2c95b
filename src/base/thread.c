#include "base/thread.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/mem.h"

#define NAME_SIZE 16 /* pthread_setname_np(3) */

struct thread {
	pthread_t id;
	void (*run)(void *data);
	void *data;
};

static void *start(void *arg)
{
	struct thread *thread = arg;
	thread->run(thread->data);
	return NULL;
}

struct thread *thread_start(const char *name, void (*run)(void *data), void *data, struct err *err)
{
	char shown[NAME_SIZE] = {0};
	struct thread *thread = mem_new(1, sizeof(*thread));
	thread->run = run;
	thread->data = data;
	errno = pthread_create(&thread->id, NULL, start, thread);
	if (errno != 0) {
		err_errno(err, "cannot start the thread \"%s\"", name);
		mem_free(&thread);
		return NULL;
	}
	memcpy(shown, name, strnlen(name, sizeof(shown) - 1));
	pthread_setname_np(thread->id, shown);
	return thread;
}

void thread_join(struct thread **thread)
{
	if (!*thread)
		return;
	must(pthread_join((*thread)->id, NULL) == 0);
	mem_free(thread);
}
