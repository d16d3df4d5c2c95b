#include <stdlib.h>
#include <string.h>

#include "assess/engine/source.h"

/* One name that still waits to be visited; the names of a folder stand in reverse, so that the last
 * is the next. */
struct waiting {
	char *path;
	enum gather_kind kind;
	unsigned level; /* 1: directly inside the start */
};

struct stack {
	struct waiting *at;
	size_t room, count;
	const char *folder;
	size_t folder_len;
	unsigned level;
	bool full;
};

static void end_stack(struct stack *stack)
{
	while (stack->count > 0)
		mem_free(&stack->at[--stack->count].path);
	mem_free(&stack->at);
}

static bool push_name(void *data, struct text name, enum file_kind kind)
{
	struct stack *stack = data;
	if (stack->count == GATHER_WALK_NAMES_MAX) {
		stack->full = true;
		return false;
	}
	size_t folder_len = stack->folder_len == 1 ? 0 : stack->folder_len; /* "/" itself */
	char *path = mem_new(1, folder_len + 1 + name.len + 1);
	memcpy(path, stack->folder, folder_len);
	path[folder_len] = '/';
	memcpy(path + folder_len + 1, name.at, name.len);
	stack->at = mem_grow(stack->at, &stack->room, stack->count + 1, sizeof(*stack->at));
	stack->at[stack->count++] = (struct waiting){path, source_kind(kind), stack->level};
	return true;
}

static int compare_backwards(const void *a, const void *b)
{
	const struct waiting *one = a, *other = b;
	return strcmp(other->path, one->path);
}

/* The names in one folder go on the stack. */
static enum file_answer open_folder(struct gather *gather, struct stack *stack, const char *path,
				    unsigned level, struct err *err)
{
	const void *data;
	const struct source *source = gather_source(gather, &data);
	size_t before = stack->count;
	stack->folder = path;
	stack->folder_len = strlen(path);
	stack->level = level;
	enum file_answer answer = source->list(data, path, push_name, stack, err);
	if (answer == FILE_OK && stack->count > before)
		qsort(stack->at + before, stack->count - before, sizeof(*stack->at),
		      compare_backwards);
	if (answer == FILE_OK && stack->full) {
		err_set(err, ERR_LIMIT, "more than %d names wait in the folders above it",
			GATHER_WALK_NAMES_MAX);
		return FILE_FAILED;
	}
	return answer;
}

/* What the kernel makes up is not a file of the system: left out unless the walk begins there. */
static bool is_left_out(struct gather *gather, const char *start, const char *path)
{
	static const char *const left_out[] = {"/proc", "/sys", "/dev"};
	const void *data;
	const struct source *source = gather_source(gather, &data);
	struct file_stat stat, begun;
	struct err err = {0};
	for (size_t i = 0; i < array_len(left_out); i++)
		if (strcmp(path, left_out[i]) == 0)
			return start[1] == '\0';
	return source->stat(data, path, false, &stat, &err) == FILE_OK && stat.made_up &&
	       source->stat(data, start, true, &begun, &err) == FILE_OK && !begun.made_up;
}

static struct text why_of(struct gather *gather, const char *path, const struct err *err)
{
	scoped(buf_end) struct buf out = {0};
	buf_cstr(&out, "cannot list ");
	buf_printable(&out, text_of(path), PATH_SHOWN_MAX);
	buf_print(&out, ": %s", err->text);
	return arena_text(gather_arena(gather), buf_view(&out));
}

static void learn_kind(struct gather *gather, struct waiting *next)
{
	const void *data;
	struct file_stat stat;
	struct err err = {0};
	if (next->kind != GATHER_UNKNOWN)
		return;
	if (gather_source(gather, &data)->stat(data, next->path, false, &stat, &err) == FILE_OK)
		next->kind = source_kind(stat.kind);
}

/* Goes into the folder that was just visited. *step: GATHER_STOP ends the walk, with *why when it
 * failed. */
static void go_into(struct gather *gather, const struct gather_walk *walk, struct stack *stack,
		    const struct waiting *next, enum gather_step *step, struct text *why)
{
	unsigned depth = walk->depth ? walk->depth : GATHER_WALK_DEPTH_MAX;
	struct err err = {0};
	if (next->level >= depth && walk->depth > 0)
		return;
	enum file_answer answer = FILE_FAILED;
	if (next->level >= depth)
		err_set(&err, ERR_LIMIT, "it lies deeper than %d folders; give a depth", depth);
	else
		answer = open_folder(gather, stack, next->path, next->level + 1, &err);
	if (answer != FILE_FAILED) /* a folder that vanished meanwhile is no failure */
		return;
	struct text what = why_of(gather, next->path, &err);
	*step = walk->failed && !stack->full ? walk->failed(walk->data, what) : GATHER_STOP;
	if (!walk->failed || stack->full)
		*why = what;
}

enum gather_answer gather_walk(struct gather *gather, const struct gather_walk *walk,
			       struct text *why)
{
	scoped(end_stack) struct stack stack = {0};
	struct gather_stat stat;
	enum gather_answer answer = gather_stat(gather, walk->path, true, &stat, why);
	if (answer != GATHER_OK)
		return answer;
	char *start = arena_copy(gather_arena(gather), walk->path.at, walk->path.len);
	for (size_t len = walk->path.len; len > 1 && start[len - 1] == '/'; len--)
		start[len - 1] = '\0';
	struct err err = {0};
	gather_depends_add(
		gather, text_of(arena_print(gather_arena(gather), "%s/**", start[1] ? start : "")));
	if (open_folder(gather, &stack, start, 1, &err) == FILE_FAILED) {
		*why = why_of(gather, start, &err);
		return GATHER_FAILED;
	}
	enum gather_step step = GATHER_GO_ON;
	int64_t began_us = time_span_us();
	for (size_t visited = 0; stack.count > 0 && step != GATHER_STOP; visited++) {
		struct waiting next = stack.at[--stack.count];
		scoped(mem_free) char *path = next.path;
		if (visited == GATHER_WALK_ENTRIES_MAX) {
			err_set(&err, ERR_LIMIT, "more than %d entries lie below it",
				GATHER_WALK_ENTRIES_MAX);
			*why = why_of(gather, start, &err);
			return GATHER_FAILED;
		}
		if (visited % 1024 == 1023 && time_span_us() - began_us > GATHER_WALK_SPAN_US) {
			err_set(&err, ERR_LIMIT, "it takes longer than a minute");
			*why = why_of(gather, start, &err);
			return GATHER_FAILED;
		}
		learn_kind(gather, &next);
		step = walk->each(walk->data, text_of(path), next.kind);
		if (step == GATHER_GO_ON && next.kind == GATHER_FOLDER &&
		    !is_left_out(gather, start, path))
			go_into(gather, walk, &stack, &next, &step, why);
	}
	return why->at ? GATHER_FAILED : GATHER_OK;
}
